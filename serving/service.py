"""What the routes ask for: the champions, the population and the online rows, held together.

One object a process. The snapshot of champions and the ranking made from it are swapped together, so that a request
sees either the old or the new, and none waits. Records that arrive go through `recorder` into the journal, and `live`
follows the journal, whichever process wrote it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.arriving.arrived import Arrived
from features.errors import SanzaoError, UnknownNameError
from features.feature import Array
from features.journal import open_journal
from features.online import known, online_columns
from features.settings import settings
from features.sources import Source
from models.event_model import event_models_for
from models.kinds import AnyModel
from models.risk_model import models_for
from serving.champions import Registry, Snapshot, registry_client
from serving.core import Answers, answers
from serving.events import KnownRequests
from serving.live import Live
from serving.population import Population, Ranking
from serving.recorder import Recorder

log = logging.getLogger(__name__)


class Service:
    """Answers for one data source."""

    def __init__(self, source: Source, registry: Registry | None = None) -> None:
        self.source = source
        declared: dict[str, AnyModel] = {**models_for(source), **event_models_for(source)}
        self.registry = registry or Registry(registry_client(), declared)
        self.registry.refresh()
        arrived = Arrived(source.name)
        with open_journal(source.name) as journal:
            arrived.catch_up(journal)
        # What arrives while the population is read is in it, and taken in once more: that changes nothing.
        self.live = Live(arrived, Population(source), self.registry.current)
        self.recorder = Recorder(arrived, self.live.hear)
        self.requests = KnownRequests(source)
        self._stop = threading.Event()

    @property
    def snapshot(self) -> Snapshot:
        """The champions that serve now."""
        return self.ranking.snapshot

    @property
    def ranking(self) -> Ranking:
        """The lists that serve now."""
        return self.live.ranking

    @property
    def population(self) -> Population:
        """Everybody, as of now."""
        return self.live.population

    def refresh(self) -> bool:
        """Take over moved champion aliases; return whether anything changed."""
        changed = self.registry.refresh()
        if changed:
            self.live.rank(self.registry.current)
        return changed

    def follow(self) -> None:
        """Look for moved aliases and for records that arrive until `stop`, in threads of their own."""
        self.live.start()
        threading.Thread(target=self._follow, name="champions", daemon=True).start()

    def _follow(self) -> None:
        while not self._stop.wait(settings().reload_seconds):
            try:
                if self.refresh():
                    log.info("champions now: %s", self.snapshot.versions)
            except Exception:
                # Whatever the registry's state is, the champions that are loaded go on serving.
                log.exception("could not look for new champions")

    def stop(self) -> None:
        """Take in what waits, and end the following threads."""
        self.recorder.stop()
        self._stop.set()
        self.live.stop()

    def features_of(self, persons: Sequence[int]) -> dict[str, Array]:
        """Return the online features of residents as columns, float64 (n,) by name.

        Raises
        ------
        UnknownNameError
            If one of them is not known.
        """
        self.known_rows(persons)
        return self._features_of(persons)

    def _features_of(self, persons: Sequence[int]) -> dict[str, Array]:
        features = online_columns(self.source.name, persons)
        there = known(features)
        if not there.all():
            raise UnknownResidentError(persons[int(np.argmin(there))])
        return features

    def known_rows(self, persons: Sequence[int]) -> NDArray[np.int64]:
        """Return the rows of residents (k,) in the population.

        Raises
        ------
        UnknownNameError
            If one of them is not known.
        """
        rows = self.population.rows_of(persons)
        if rows.min(initial=0) < 0:
            raise UnknownResidentError(persons[int(np.argmin(rows))])
        return rows

    def answers_of(self, persons: Sequence[int], models: Sequence[str] | None = None) -> Answers:
        """Return the answers for residents, under the named models or all that serve; raises as `features_of`."""
        rows = self.known_rows(persons)
        return self.answers_for(self._features_of(persons), models, self.population.died_among(rows))

    def answers_for(
        self,
        features: Mapping[str, Array] | pd.DataFrame,
        models: Sequence[str] | None = None,
        died: Mapping[int, date] | None = None,
    ) -> Answers:
        """Return the answers for feature columns (n,), under the named models or all that serve."""
        snapshot = self.snapshot
        return answers(snapshot, features, list(snapshot.champions if models is None else models), died)


class UnknownResidentError(UnknownNameError):
    """A resident number that the source does not know."""

    def __init__(self, person: int) -> None:
        SanzaoError.__init__(
            self,
            f"There is no resident {person} in this data source. Resident numbers are listed by GET /v1/risk-list.",
        )
