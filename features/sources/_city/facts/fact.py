"""What a fact is: one figure, whom it describes, where it was read, and how far the simulated city may be off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["published", "assumption"]
Sex = Literal["all", "male", "female"]
# Whose age structure the figure has: its own population's, or that of a standard in `standards.py`. National
# surveys of 2012 to 2018 are weighted to China's adults, for which "china2010" stands.
Standard = Literal["none", "china2000", "china2010", "segi"]

CITY = "331000"
CHINA, ZHEJIANG = "156", "330000"


@dataclass(frozen=True)
class Source:
    """Where a figure was published, and in which copy of it the figure was read.

    Attributes
    ----------
    seen
        What was actually read: abstract, table, or the public copy. Empty if it could not be read; then
        nothing taken from it counts as published.
    """

    authors: str
    title: str
    place: str
    year: int
    link: str = ""
    seen: str = ""


@dataclass(frozen=True)
class Fact:
    """One figure.

    Attributes
    ----------
    value, unit
        As printed by the source; a share is in %, a rate per 100,000 person-years.
    tolerance
        How uncertain the figure is, by its source and its definition, so how far the simulated city may be off
        apart from chance: in the figure's own unit if `relative` is false, as a fraction of the value if it is true.
    population
        Whom the figure describes.
    ages
        First age, and the first age beyond (None: no upper end).
    area
        Code of the area: "156" China, "330000" Zhejiang, six digits a city or county.
    chance
        Standard deviation of the figure between independent simulated cities of 200,000 residents (`facts.chance`),
        in its own unit. Twice of it is allowed beside the tolerance.
    """

    name: str
    value: float
    unit: str
    tolerance: float
    relative: bool
    kind: Kind
    source: Source | None
    year: int
    population: str
    note: str = ""
    sex: Sex = "all"
    ages: tuple[int, int | None] = (0, None)
    area: str = CITY
    standard: Standard = "none"
    chance: float = 0.0

    @property
    def allowed(self) -> tuple[float, float]:
        """Lowest and highest value that meets the figure."""
        room = self.tolerance * abs(self.value) if self.relative else self.tolerance
        room += 2 * self.chance
        return self.value - room, self.value + room

    def met(self, value: float) -> bool:
        """Return whether `value`, in the figure's unit, is within the tolerance."""
        low, high = self.allowed
        return low <= value <= high


# Why an assumption is one. The longer reasons stand in the notes themselves.
NOT_TRACED = "Not traced: no public copy with this figure could be read."
RECALLED = "Recalled from the source's table, which could not be read; replace it when it can."
