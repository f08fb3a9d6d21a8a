"""Features of a service request at the moment at which it is created, from what was known before that moment.

A closing is known from the moment of closing on. That a request is late is known as soon as it is overdue, that it is
not as soon as it is closed in time. What happens at the very moment of creation is not known yet. Whoever asks for the
features of an old request therefore gets the same as somebody who asked then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.events.running import Array, Groups, Running, Whole, sums_within

if TYPE_CHECKING:
    import duckdb

HOUR, DAY = 3_600_000_000, 86_400_000_000  # microseconds
NEVER = np.iinfo(np.int64).max

RECENT = 20  # closings that make the recent figures
BORROWED = 5.0  # a group's figure borrows so many requests from the wider group around it

DATED, WEEKDAY, DAYTIME = "dated_to_the_day", "weekday", "daytime"  # columns made of the moment of creation

# The groups in which figures are kept, each with the wider one that it borrows from. Department and type together are
# no group of their own: they stand at `assigned`.
GROUPS: dict[str, tuple[tuple[str, ...], str | None]] = {
    "all": ((), None),
    "department": (("department",), "all"),
    "type": (("request_type",), "department"),
    "assigned": (("request_type", "department"), "type"),
    "area": (("township",), "all"),
    "type_area": (("request_type", "township"), "assigned"),
    "type_channel": (("request_type", "channel"), "assigned"),
    "type_stamp": (("request_type", DATED), "type_channel"),
    "type_weekday": (("request_type", WEEKDAY), "type_channel"),
    "type_daytime": (("request_type", DAYTIME), "type_channel"),
}


@dataclass(frozen=True)
class EventFeature:
    """One column that event models may use.

    Attributes
    ----------
    written
        How the value is read out: hours, share, count, clock, weekday, yes_no or season.
    """

    name: str
    label: str
    label_zh: str
    unit: str
    low: float
    high: float
    written: str
    description: str


def _features() -> tuple[EventFeature, ...]:
    names = {
        "all": ("all requests", "全部诉求"),
        "department": ("the department", "承办部门"),
        "type": ("the type", "诉求类型"),
        "assigned": ("type and department", "类型与部门"),
        "area": ("the area", "地区"),
        "type_area": ("type and area", "类型与地区"),
        "type_channel": ("type and channel", "类型与渠道"),
        "type_stamp": ("type and kind of stamp", "类型与登记精度"),
        "type_weekday": ("type and weekday", "类型与星期"),
        "type_daytime": ("type and time of day", "类型与时段"),
    }
    made = [
        EventFeature("hours_allowed", "time allowed", "办理时限", "h", 0, 1e5, "hours", "hours until due"),
        EventFeature("hour", "hour of the day", "时刻", "h", 0, 24, "clock", "time of day as the source writes it"),
        EventFeature("weekday", "day of the week", "星期", "1", 1, 7, "weekday", "1 Monday to 7 Sunday"),
        EventFeature("season", "season", "季节", "d", 1, 366, "season", "day of the year"),
        EventFeature("dated_to_the_day", "recorded to the hour only", "仅精确到整点", "1", 0, 1, "yes_no",
                     "created on the full hour: such stamps come from registers that keep days, not moments"),
    ]  # fmt: skip
    for group in list(GROUPS)[1:]:
        en, zh = names[group]
        made += [
            EventFeature(f"typical_hours_{group}", f"usual hours of {en}", f"{zh}通常办结时长", "h", 0, 1e6, "hours",
                         "median hours to close of those closed so far"),
            EventFeature(f"long_hours_{group}", f"longest tenth of {en}, from", f"{zh}最慢一成起点", "h", 0, 1e6,
                         "hours", "hours that nine in ten of those closed so far stayed below"),
            EventFeature(f"late_share_{group}", f"late so far of {en}", f"{zh}以往超期率", "1", 0, 1, "share",
                         "share late of those whose lateness was known"),
        ]  # fmt: skip
    for group in ("department", "type", "type_area"):
        en, zh = names[group]
        made += [
            EventFeature(f"recent_hours_{group}", f"recent hours of {en}", f"{zh}近期办结时长", "h", 0, 1e6, "hours",
                         f"median hours to close of the last {RECENT} closed"),
            EventFeature(f"recent_late_{group}", f"late recently of {en}", f"{zh}近期超期率", "1", 0, 1, "share",
                         f"share late of the last {RECENT} whose lateness became known"),
            EventFeature(f"open_{group}", f"open requests of {en}", f"{zh}在办件数", "1", 0, 1e9, "count",
                         "requests created and not closed before"),
            EventFeature(f"overdue_{group}", f"overdue requests of {en}", f"{zh}超期在办件数", "1", 0, 1e9, "count",
                         "requests open beyond their due moment"),
            EventFeature(f"open_hours_{group}", f"age of the open requests of {en}", f"{zh}在办件平均已用时", "h", 0,
                         1e6, "hours", "mean hours since the open requests were created"),
            EventFeature(f"week_{group}", f"requests of {en} in the last 7 days", f"{zh}近7日件数", "1", 0, 1e9,
                         "count", "requests created in the 7 days before"),
        ]  # fmt: skip
    made += [
        EventFeature("closed_type", "closed so far of the type", "该类型已办结件数", "1", 0, 1e9, "count",
                     "closed requests of the type"),
        EventFeature("day_all", "requests of the last 24 hours", "近24小时件数", "1", 0, 1e9, "count",
                     "requests created in the 24 hours before"),
    ]  # fmt: skip
    return tuple(made)


REQUEST_FEATURES: dict[str, EventFeature] = {feature.name: feature for feature in _features()}


@dataclass(frozen=True)
class Moments:
    """When things happened to requests, int64 microseconds (n,), `NEVER` where they have not; hours to close.

    Attributes
    ----------
    came
        When the request became known.
    closed
        When the closing became known.
    judged
        When it became known whether the request is late.
    """

    came: Whole
    closed: Whole
    judged: Whole
    late: NDArray[np.bool_]
    hours: Array

    @classmethod
    def of(cls, requests: pd.DataFrame) -> Moments:
        """Return the moments of rows as the contract `service_request` has them."""
        created, known, due, closed = (
            microseconds(requests[name]) for name in ("created_at", "known_at", "due_at", "closed_at")
        )
        came = np.maximum(created, known)
        overdue = closed > due  # also while it is open: NEVER is after every due moment
        judged = np.where(due == NEVER, NEVER, np.where(overdue, due, closed))
        return cls(
            came,
            np.maximum(closed, came),
            np.maximum(judged, came),
            overdue,
            np.maximum(closed - created, 0) / HOUR,
        )


def microseconds(moments: pd.Series[pd.Timestamp]) -> Whole:
    """Return moments as int64 microseconds since 1970, `NEVER` where missing."""
    values = pd.to_datetime(moments, utc=True).dt.as_unit("us")
    found = values.astype("int64").to_numpy()
    return np.where(values.isna().to_numpy(), NEVER, found)


@dataclass(frozen=True, eq=False)
class _GroupHistory:
    groups: Groups
    came: Running
    closed: Running
    judged: Running
    overdue_closed: Running


class RequestHistory:
    """Everything that is known of a source's requests, ready to be asked what was known at a moment.

    Parameters
    ----------
    requests
        Rows as the contract `service_request` has them, in any order.
    """

    def __init__(self, requests: pd.DataFrame) -> None:
        import duckdb

        requests = _with_moment(requests.sort_values(["created_at", "service_request_id"], ignore_index=True))
        self.requests = requests
        self.moments = Moments.of(requests)
        self._first = int(self.moments.came.min(initial=NEVER))
        with duckdb.connect() as connection:
            self._groups = {
                name: self._of_group(connection, Groups.of(requests, columns), requests)
                for name, (columns, _) in GROUPS.items()
            }

    def _of_group(self, connection: duckdb.DuckDBPyConnection, groups: Groups, requests: pd.DataFrame) -> _GroupHistory:
        number, moments = groups.number(requests), self.moments
        hours_in = (moments.came - self._first) / HOUR
        was_closed = np.flatnonzero(moments.closed < NEVER)
        was_judged = np.flatnonzero(moments.judged < NEVER)
        was_overdue = was_closed[moments.late[was_closed] & (moments.judged[was_closed] < NEVER)]
        return _GroupHistory(
            groups,
            _running(number, moments.came, {"came": hours_in}, {}, connection),
            _running(
                number[was_closed],
                moments.closed[was_closed],
                {"came": hours_in[was_closed]},
                {"log_hours": np.log1p(moments.hours[was_closed])},
                connection,
            ),
            _running(
                number[was_judged],
                moments.judged[was_judged],
                {"late": moments.late[was_judged].astype(np.float64)},
                {},
                connection,
            ),
            _running(number[was_overdue], moments.closed[was_overdue], {}, {}, connection),
        )

    def features(self, asked: pd.DataFrame) -> dict[str, Array]:
        """Return every feature of `asked` at its moment of creation, float64 (n,) by name, NaN where nothing is known.

        Parameters
        ----------
        asked
            Columns created_at, due_at, request_type, department, township and channel, as the contract has them. Rows
            may be among those of the history: what happened to them later is not looked at.
        """
        created, due = microseconds(asked["created_at"]), microseconds(asked["due_at"])
        asked = _with_moment(asked)
        found = _of_the_moment(asked, created, due)
        typical: dict[str, dict[str, Array]] = {}
        for name, (_, wider) in GROUPS.items():
            group = self._groups[name]
            number = group.groups.number(asked)
            typical[name] = _past(group, number, created, typical.get(wider or ""))
            found |= {
                f"{figure}_{name}": np.expm1(values) if figure.endswith("hours") else values
                for figure, values in typical[name].items()
            }
            now = _now(group, number, created, (created - self._first) / HOUR)
            found |= {f"{figure}_{name}": values for figure, values in now.items()}
        return {name: found[name] for name in REQUEST_FEATURES}

    def trailing_quantile(self, values: Array, share: float, last: int) -> Trailing:
        """Return a quantile of `values` over the `last` requests that were closed before any moment.

        Parameters
        ----------
        values
            One a request of the history, in its order (`requests`).
        """
        import duckdb

        closed = np.flatnonzero(self.moments.closed < NEVER)
        nobody = np.zeros(len(closed), dtype=np.int64)
        clock, place, rows = Running.order(nobody, self.moments.closed[closed])
        with duckdb.connect() as connection:
            connection.register("happened", pd.DataFrame({"seq": np.arange(len(rows)), "y": values[closed][rows]}))
            found = connection.execute(
                f"SELECT quantile_disc(y, {share}) OVER (ORDER BY seq ROWS {last - 1} PRECEDING) AS q "
                "FROM happened ORDER BY seq"
            ).fetchnumpy()["q"]
        return Trailing(Running(clock, place, {"quantile": np.asarray(found, dtype=np.float64)}), last)


@dataclass(frozen=True, eq=False)
class Trailing:
    """A quantile over the latest closings, at any moment."""

    running: Running
    last: int

    def before(self, asked: pd.DataFrame) -> Array:
        """Return the quantile as it stood before each request of `asked` was created, (n,).

        NaN where fewer than `last` had been closed.
        """
        created = microseconds(asked["created_at"])
        row, count = self.running.before(np.zeros(len(created), dtype=np.int64), created)
        return np.where(count >= self.last, self.running.figure("quantile", row), np.nan)


def _running(
    number: Whole,
    moment: Whole,
    summed: dict[str, Array],
    ranked: dict[str, Array],
    connection: duckdb.DuckDBPyConnection,
) -> Running:
    """Return running sums of `summed`, and median and 90 % quantile, of all and of recent ones, of `ranked`."""
    clock, place, rows = Running.order(number, moment)
    group = number[rows]
    figures = {name: sums_within(group, values[rows]) for name, values in summed.items()}
    for name, values in ranked.items():
        happened = pd.DataFrame({"g": group, "seq": np.arange(len(rows)), "y": values[rows]})
        connection.register("happened", happened)
        answer = connection.execute(
            "SELECT quantile_cont(y, 0.5) OVER past AS median, quantile_cont(y, 0.9) OVER past AS long, "
            "quantile_cont(y, 0.5) OVER recent AS recent FROM happened WINDOW "
            "past AS (PARTITION BY g ORDER BY seq ROWS UNBOUNDED PRECEDING), "
            f"recent AS (PARTITION BY g ORDER BY seq ROWS {RECENT - 1} PRECEDING) ORDER BY seq"
        ).fetchnumpy()
        connection.unregister("happened")
        figures |= {f"{name}_{kind}": np.asarray(column, dtype=np.float64) for kind, column in answer.items()}
    return Running(clock, place, figures)


def _with_moment(requests: pd.DataFrame) -> pd.DataFrame:
    """Return the requests with the columns of the moment of creation that make groups."""
    created = microseconds(requests["created_at"])
    return requests.assign(
        **{
            DATED: created % HOUR == 0,
            WEEKDAY: created // DAY % 7,
            DAYTIME: created % DAY // (6 * HOUR),  # night, morning, afternoon, evening
        }
    )


def _of_the_moment(asked: pd.DataFrame, created: Whole, due: Whole) -> dict[str, Array]:
    when = pd.to_datetime(asked["created_at"], utc=True).dt
    return {
        "hours_allowed": np.where(due == NEVER, np.nan, (due - created) / HOUR),
        "hour": (created % DAY) / HOUR,
        "weekday": when.dayofweek.to_numpy(dtype=np.float64) + 1,
        "season": when.dayofyear.to_numpy(dtype=np.float64),
        "dated_to_the_day": (created % HOUR == 0).astype(np.float64),
    }


def _past(group: _GroupHistory, number: Whole, created: Whole, wider: dict[str, Array] | None) -> dict[str, Array]:
    """Return what the group's past says, log(1 + hours) and shares, drawn to the wider group's where it is short."""
    row, count = group.closed.before(number, created)
    judged, judgements = group.judged.before(number, created)
    own = {
        "typical_hours": (group.closed.figure("log_hours_median", row), count),
        "long_hours": (group.closed.figure("log_hours_long", row), count),
        "late_share": (group.judged.figure("late", judged) / np.maximum(judgements, 1), judgements),
    }
    if wider is None:
        return {name: values for name, (values, _) in own.items()}
    return {name: _borrowing(values, many, wider[name]) for name, (values, many) in own.items()}


def _borrowing(own: Array, count: Whole, wider: Array) -> Array:
    known, weight = np.isfinite(own), count / (count + BORROWED)
    mixed = np.where(np.isfinite(wider), weight * np.nan_to_num(own) + (1 - weight) * wider, own)
    return np.where(known, mixed, wider)


def _now(group: _GroupHistory, number: Whole, created: Whole, hours_in: Array) -> dict[str, Array]:
    """Return the recent past of the group, and what lies open."""
    row, closings = group.closed.before(number, created)
    came, arrivals = group.came.before(number, created)
    judged, judgements = group.judged.before(number, created)
    earlier = np.maximum(judged - RECENT, judged - judgements)  # the row before the recent ones
    late = group.judged.figure("late", judged)
    before = np.where(judgements > RECENT, group.judged.figure("late", earlier), 0.0)
    opened = (arrivals - closings).astype(np.float64)
    since_open = group.came.figure("came", came, 0.0) - group.closed.figure("came", row, 0.0)
    _, mended = group.overdue_closed.before(number, created)
    return {
        "recent_hours": np.expm1(group.closed.figure("log_hours_recent", row)),
        "recent_late": (late - before) / np.clip(judgements, 1, RECENT),
        "open": opened,
        "overdue": np.nan_to_num(late) - mended,
        "open_hours": np.where(opened > 0, hours_in - since_open / np.maximum(opened, 1), 0.0),
        "week": (arrivals - group.came.before(number, created - 7 * DAY)[1]).astype(np.float64),
        "day": (arrivals - group.came.before(number, created - DAY)[1]).astype(np.float64),
        "closed": closings.astype(np.float64),
    }
