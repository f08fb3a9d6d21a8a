"""Every published figure that the simulated city is calibrated to, with its source, year and tolerance.

`FACTS` holds them by name; one module a subject has the figures and, above them, where they were read. A figure
is *published* only if it was read in the source that stands beside it, or in the copy or abstract that the source's
`seen` names. Everything else is an *assumption* and its note says why: not traced, recalled without sight of the
table, or derived. Age tables (standard populations, death rates, people by age) are in `standards.py`, townships in
`townships.py`.

How to compare: compute the statistic in the group that `sex`, `ages` and `area` name, standardise it if
`standard` is not "none", and call `Fact.met`. Most clinical figures are national: the city is expected to
meet them in the national age structure, not in its own older one.
"""

from __future__ import annotations

from dataclasses import replace

from features.sources._city.facts import (
    bodies,
    cancer,
    cancer_sites,
    diabetes,
    living,
    lungs,
    population,
    pressure,
    screening,
    services,
    stroke,
)
from features.sources._city.facts.chance import CHANCE
from features.sources._city.facts.fact import CITY, Fact, Source

__all__ = ["CITY", "FACTS", "SUBJECTS", "Fact", "Source"]

SUBJECTS = (
    population,
    living,
    pressure,
    diabetes,
    lungs,
    bodies,
    stroke,
    cancer,
    cancer_sites,
    screening,
    services,
)
FACTS: dict[str, Fact] = {
    fact.name: replace(fact, chance=CHANCE.get(fact.name, 0.0)) for subject in SUBJECTS for fact in subject.FACTS
}
