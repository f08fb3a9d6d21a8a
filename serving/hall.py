"""The operations hall: the state of the city on one screen, put together once for all who look.

Counts of people are taken once in a closed stretch of time and shown in steps (`serving.hall_counts`); the rest, which
tells of nobody, follows minute by minute.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any
from weakref import WeakKeyDictionary

from features.errors import NotReadyError
from features.lake.reading import lake_manifest
from models.cell_model import CellModel
from models.disclosure import RULE, safe_count, stepped_count
from models.kept import drift_file, read_kept
from models.screening_programme import Programme, programmes
from serving.areas import areas_of
from serving.champions import Snapshot
from serving.hall_counts import PERIOD, Progress, closed, open_requests, outcomes_between, week_progress
from serving.service import Service
from serving.worklists import Lists, week_of

MINUTES = 30  # of arriving records that are shown
SUMS = ("open", "overdue", "at_risk")


class Board:
    """What the hall shows of one service."""

    def __init__(self, service: Service, lists: Lists) -> None:
        self._service, self._lists = service, lists
        self._lock = threading.Lock()
        self._counted: tuple[datetime, Snapshot] | None = None
        self._screening: dict[str, Any] = {}
        self._requests: dict[str, Any] | None = None
        # Minutes since 1970, and how many records had arrived when each began.
        self._arrived: deque[tuple[int, int]] = deque(maxlen=MINUTES + 1)

    def state(self, moment: datetime) -> dict[str, Any]:
        """Return everything but the alerts and notices, as of `moment`; the same within a minute."""
        until, snapshot = closed(moment), self._service.snapshot
        with self._lock:
            if self._counted != (until, snapshot):
                self._screening = self._screen(until)
                self._requests = self._ask()
                self._counted = (until, snapshot)
            return {
                "as_of": self._service.population.now.date().isoformat(),
                "counted_at": until,
                "period_minutes": PERIOD.seconds // 60,
                "step": RULE.suppress_up_to + 1,
                "screening": self._screening,
                "requests": self._requests,
                "quality": self._quality(moment),
                "models": model_state(self._service),
            }

    def _screen(self, until: datetime) -> dict[str, Any]:
        source = self._service.source.name
        week = week_of(self._service.population.now.date())
        found = week_progress(source, week, until)
        midnight = until.replace(hour=0, minute=0)
        return {
            "week": week,
            "outcomes_today": stepped_count(outcomes_between(source, midnight, until)),
            "programmes": [
                self._programme(programme, found.get(programme.name, Progress())) for programme in programmes().values()
            ],
        }

    def _programme(self, programme: Programme, progress: Progress) -> dict[str, Any]:
        clinics = len(areas_of(self._service).codes("township"))
        try:
            due = safe_count(len(self._lists.candidates(programme).rows))
        except NotReadyError:
            due = None
        people = {name: stepped_count(getattr(progress, name)) for name in ("invited", "agreed", "tested", "positive")}
        return {
            "name": programme.name, "title": programme.title, "title_zh": programme.title_zh,
            "lists": progress.lists, "places": progress.places,
            "slots": round(programme.slots_per_week.value) * clinics or None, "due": due, **people,
        }  # fmt: skip

    def _ask(self) -> dict[str, Any] | None:
        found = open_requests(self._service)
        if found is None:
            return None
        names = self._service.source.area_names
        counties: list[dict[str, Any]] = []
        for code, requests in found.items():
            name, name_zh = names.get(code, (code, code))
            at_risk = None if requests.at_risk is None else stepped_count(requests.at_risk)
            counties.append(
                {
                    "code": code, "name": name, "name_zh": name_zh, "open": stepped_count(requests.open),
                    "overdue": stepped_count(requests.overdue), "at_risk": at_risk,
                }
            )  # fmt: skip
        sums = {name: _sum([county[name] for county in counties]) for name in SUMS}
        predicted = any(requests.at_risk is not None for requests in found.values())
        counties.sort(key=lambda county: (-(county["open"] or 0), county["code"]))
        return sums | {"predicted": predicted, "counties": counties}

    def _quality(self, moment: datetime) -> dict[str, Any]:
        tables: dict[str, dict[str, int]] = lake_manifest(self._service.source.name)["tables"]
        most = sorted(tables, key=lambda name: -tables[name]["findings"])
        broken = [
            {
                "table": name, "rows": tables[name]["rows"], "findings": safe_count(tables[name]["findings"]),
                "set_aside": safe_count(tables[name]["set_aside"]),
            }
            for name in most
            if tables[name]["findings"]
        ]  # fmt: skip
        minute = int(moment.timestamp()) // 60
        if not self._arrived or self._arrived[-1][0] < minute:
            self._arrived.append((minute, self._service.live.arrived.rows))
        return {
            "tables": broken,
            "clean": len(tables) - len(broken),
            "arrived": stepped_count(self._arrived[-1][1]),
            "per_minute": [
                stepped_count(later - earlier)
                for (begun, earlier), (ended, later) in pairwise(self._arrived)
                if ended == begun + 1
            ],
        }


def _sum(cells: Sequence[int | None]) -> int | None:
    """Return the sum of what is shown; nothing where nothing is."""
    shown = [cell for cell in cells if cell is not None]
    return sum(shown) if shown or not cells else None


def model_state(service: Service) -> dict[str, Any]:
    """Return which of the models that the source can show serve, and what the last `sanzao drift` said of them."""
    versions, problems = service.snapshot.versions, service.snapshot.problems
    down, drifted, kept, unasked = [], [], 0, 0
    for name, model in service.registry.declared.items():
        if isinstance(model, CellModel):
            continue  # these serve tables of any source
        titles = {"name": name, "title": model.title, "title_zh": model.title_zh}
        if name not in versions:
            down.append(titles | {"problem": problems.get(name, "")})
            continue
        found = read_kept(drift_file(service.source.name, name))
        if found is None or found["version"] != versions[name]:
            unasked += 1
        elif found["retrain"]:
            drifted.append(titles)
        else:
            kept += 1
    serving = kept + unasked + len(drifted)
    return {"serving": serving, "unavailable": down, "drifted": drifted, "kept": kept, "unasked": unasked}


_boards: WeakKeyDictionary[Service, Board] = WeakKeyDictionary()
_making = threading.Lock()


def board_of(service: Service, lists: Lists) -> Board:
    """Return the board of a service, the same for all who look."""
    with _making:
        return _boards.setdefault(service, Board(service, lists))
