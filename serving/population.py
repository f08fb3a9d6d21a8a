"""Everybody now: features of the whole population and their risks, scored once for each snapshot of champions."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import InvalidInputError
from features.history import history
from features.residents import residents
from features.sources import Source
from models.applicable import applicable
from serving.champions import Snapshot
from serving.core import score_matrix


class Population:
    """The residents of a source at one moment, with their features."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.now: datetime = source.as_of
        self.residents = residents(source.name, self.now)
        index = pd.DataFrame({"person_id": self.residents.index.to_numpy(), "index_date": self.now})
        self.features = history(source.name, index).set_index(self.residents.index)

    def died_on(self, person: int) -> pd.Timestamp | None:
        """Return the day of a resident's death, if one is known."""
        day = self.residents["died_on"].get(person)
        return None if pd.isna(day) else day


@dataclass(frozen=True, eq=False)
class Ranking:
    """Who is at risk under each model, highest risk first."""

    population: Population
    snapshot: Snapshot

    @cached_property
    def risks(self) -> NDArray[np.float64]:
        """Risks of everybody under every champion, (residents, models)."""
        return score_matrix(self.snapshot, self.population.features)[1]

    @cached_property
    def order(self) -> dict[str, NDArray[np.int64]]:
        """Row numbers of those at risk, by model, highest risk first; equal risks by resident number."""
        alive = self.population.residents["died_on"].isna().to_numpy()
        ordered = {}
        for column, (name, champion) in enumerate(self.snapshot.champions.items()):
            rows = np.flatnonzero(alive & applicable(champion.declaration, self.population.features))
            ordered[name] = rows[np.argsort(-self.risks[rows, column], kind="stable")]
        return ordered

    def page(
        self, model: str, limit: int, cursor: str | None, listed: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], int, str | None]:
        """Return one page of a list.

        The cursor names the last person shown by risk and number, so a page continues where it stopped even if
        the champion, and with it the list, has changed in between.

        Parameters
        ----------
        listed
            Row numbers of those on the list, in the order of `order`: of everybody, or of those whom somebody may see.

        Returns
        -------
        rows : numpy.ndarray
            Row numbers in the population, (k,), k <= limit.
        first : int
            Position of the first of them in the list, from 0.
        cursor : str or None
            Where the next page starts; None at the end.
        """
        column = list(self.snapshot.champions).index(model)
        rows = listed
        start = 0
        if cursor:
            risk, person = read_cursor(cursor)
            risks, people = self.risks[rows, column], self.population.residents.index.to_numpy()[rows]
            start = int(np.sum((risks > risk) | ((risks == risk) & (people <= person))))
        shown = rows[start : start + limit]
        following = None
        if start + limit < len(rows):
            last = shown[-1]
            following = write_cursor(float(self.risks[last, column]), int(self.population.residents.index[last]))
        return shown, start, following


def write_cursor(risk: float, person: int) -> str:
    """Return an opaque cursor for the place after this person."""
    return base64.urlsafe_b64encode(json.dumps([risk.hex(), person]).encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[float, int]:
    """Return risk and resident number from a cursor.

    Raises
    ------
    InvalidInputError
        If it is not one of ours.
    """
    try:
        risk, person = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return float.fromhex(risk), int(person)
    except (binascii.Error, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise InvalidInputError(
            f"The cursor '{cursor[:60]}' is not valid.",
            [
                {
                    "field": "cursor",
                    "value": cursor[:60],
                    "allowed": "`next_cursor` of an earlier answer",
                    "fix": "leave it out to start from the top",
                }
            ],
        ) from error
