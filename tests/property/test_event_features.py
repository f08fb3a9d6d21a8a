"""Features of a service request see only what was known before it was created."""

from __future__ import annotations

import hypothesis
import numpy as np
import pandas as pd
from hypothesis import strategies as st

from features.events.requests import (
    BORROWED,
    GROUPS,
    HOUR,
    NEVER,
    RECENT,
    REQUEST_FEATURES,
    RequestHistory,
    microseconds,
)

DAY = 24 * HOUR
SMALL = hypothesis.settings(max_examples=12)


def few_requests(seed: int, count: int) -> pd.DataFrame:
    """Return requests crowded into few hours, so that moments coincide, closings are at once, and some are open."""
    rng = np.random.default_rng(seed)
    hours = np.sort(rng.integers(0, 24 * 12, count))
    created = pd.Timestamp("2020-03-02", tz="UTC") + pd.to_timedelta(hours, unit="h")
    closed = pd.Series(created + pd.to_timedelta(rng.integers(0, 60, count), unit="h"))
    due = pd.Series(created + pd.to_timedelta(rng.integers(0, 40, count), unit="h"))
    return pd.DataFrame(
        {
            "service_request_id": np.arange(1, count + 1),
            "request_type": rng.choice(["a", "b", "c"], count),
            "department": rng.choice(["x", "y"], count),
            "township": pd.Series(rng.choice(["p", "q"], count)).mask(rng.random(count) < 0.2),
            "channel": pd.Series(rng.choice(["m", "n"], count)).mask(rng.random(count) < 0.2),
            "created_at": created,
            "due_at": due.mask(rng.random(count) < 0.2),
            "closed_at": closed.mask(rng.random(count) < 0.2),
            "known_at": created,
        }
    )


def read_plainly(frame: pd.DataFrame, row: int) -> dict[str, float]:
    """Return the history features of one request by looking at every other request, one by one."""
    created, due, closed = (microseconds(frame[name]) for name in ("created_at", "due_at", "closed_at"))
    now = created[row]
    extra = {
        "dated_to_the_day": created % HOUR == 0,
        "weekday": created // DAY % 7,
        "daytime": created % DAY // (6 * HOUR),
    }
    values = {name: frame[name].fillna("").to_numpy() for name in ("request_type", "department", "township", "channel")}
    values |= extra
    found: dict[str, float] = {}
    own: dict[str, dict[str, float]] = {}
    for name, (columns, wider) in GROUPS.items():
        alike = [i for i in range(len(frame)) if all(values[c][i] == values[c][row] for c in columns)]
        past = sorted((i for i in alike if closed[i] < now), key=lambda i: (closed[i], i))
        spent = [np.log1p((closed[i] - created[i]) / HOUR) for i in past]
        judged = []
        for i in alike:
            if due[i] == NEVER:
                continue
            late, when = closed[i] > due[i], min(due[i], closed[i]) if closed[i] > due[i] else closed[i]
            if when < now:
                judged.append((when, i, late))
        lates = [late for _, _, late in sorted(judged)]
        arrived = [i for i in alike if created[i] < now]
        still = [i for i in arrived if not closed[i] < now]

        def drawn(own_value: float, count: int, figure: str, wider: str | None = wider) -> float:
            if wider is None:
                return own_value
            if not count:
                return own[wider][figure]
            return (count * own_value + BORROWED * own[wider][figure]) / (count + BORROWED)

        own[name] = {
            "typical": drawn(float(np.quantile(spent, 0.5)) if spent else np.nan, len(spent), "typical"),
            "long": drawn(float(np.quantile(spent, 0.9)) if spent else np.nan, len(spent), "long"),
            "late": drawn(float(np.mean(lates)) if lates else np.nan, len(lates), "late"),
        }
        found |= {
            f"typical_hours_{name}": np.expm1(own[name]["typical"]),
            f"long_hours_{name}": np.expm1(own[name]["long"]),
            f"late_share_{name}": own[name]["late"],
            f"recent_hours_{name}": np.expm1(np.quantile(spent[-RECENT:], 0.5)) if spent else np.nan,
            f"recent_late_{name}": float(np.mean(lates[-RECENT:])) if lates else np.nan,
            f"open_{name}": len(still),
            f"overdue_{name}": sum(due[i] < now and due[i] < closed[i] for i in still),
            f"open_hours_{name}": float(np.mean([(now - created[i]) / HOUR for i in still])) if still else 0.0,
            f"week_{name}": sum(created[i] >= now - 7 * DAY for i in arrived),
            f"day_{name}": sum(created[i] >= now - DAY for i in arrived),
            f"closed_{name}": len(past),
        }
    return found


@SMALL
@hypothesis.given(seed=st.integers(0, 10_000), count=st.integers(2, 70))
def test_every_history_feature_is_what_a_plain_reading_of_the_past_gives(seed, count):
    frame = few_requests(seed, count)
    features = RequestHistory(frame).features(frame)
    for row in {0, count // 2, count - 1}:
        plain = read_plainly(frame, row)
        mine = {name: features[name][row] for name in REQUEST_FEATURES if name in plain}
        assert len(mine) > 40
        expected = {name: plain[name] for name in mine}
        np.testing.assert_allclose(list(mine.values()), list(expected.values()), rtol=1e-9, atol=1e-7, err_msg=str(row))


@SMALL
@hypothesis.given(seed=st.integers(0, 10_000), count=st.integers(5, 60))
def test_what_happens_later_changes_no_feature(seed, count):
    frame = few_requests(seed, count)
    row = count // 2
    now = frame["created_at"][row]
    later = frame.copy()
    unknown = later["closed_at"].isna() | (later["closed_at"] >= now)
    later.loc[unknown, "closed_at"] = now + pd.Timedelta(hours=int(seed % 500))
    later = later[later["created_at"] <= now]
    asked = frame.iloc[[row]]
    before, after = (RequestHistory(table).features(asked) for table in (frame, later))
    for name in REQUEST_FEATURES:
        np.testing.assert_allclose(before[name], after[name], rtol=1e-9, atol=1e-7, err_msg=name)


def test_the_outcome_of_the_request_itself_is_no_feature():
    frame = few_requests(3, 60)
    features = RequestHistory(frame).features(frame)
    without = RequestHistory(frame).features(frame.drop(columns=["closed_at", "known_at", "service_request_id"]))
    for name in REQUEST_FEATURES:
        np.testing.assert_array_equal(features[name], without[name])


def test_a_planted_look_at_the_future_would_be_seen():
    """The plain reading tells a history that counts closings at the moment itself, or later, from one that does not."""
    frame = few_requests(5, 60)
    peeking = frame.assign(closed_at=frame["closed_at"] - pd.Timedelta(hours=6))
    features = RequestHistory(peeking).features(frame)
    plain = [read_plainly(frame, row)["closed_type"] for row in range(10, 60, 10)]
    assert (features["closed_type"][10::10] != plain).any()


def test_the_trailing_quantile_counts_only_what_was_closed_before():
    frame = few_requests(8, 80)
    history = RequestHistory(frame)
    values = np.random.default_rng(0).normal(size=80)
    got = history.trailing_quantile(values, 0.9, 10).before(frame)
    closed, created = microseconds(history.requests["closed_at"]), microseconds(frame["created_at"])
    for row in range(80):
        past = sorted((i for i in range(80) if closed[i] < created[row]), key=lambda i: (closed[i], i))[-10:]
        if len(past) < 10:
            assert np.isnan(got[row])
        else:
            assert got[row] == np.quantile(values[past], 0.9, method="inverted_cdf")
