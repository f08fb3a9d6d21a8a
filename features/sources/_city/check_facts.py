"""Compare the simulated city with every figure that it is calibrated to.

`checks.CHECKS` names the statistic for each fact. Facts that stand in no check are listed in `checks.UNCHECKED` with
the reason: the city is not calibrated to them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from features.sources._city.checks import CHECKS, UNCHECKED
from features.sources._city.city import CityBucket
from features.sources._city.evidence import gather
from features.sources._city.facts import FACTS
from features.sources._city.statistics import Statistic


def statistic_for(name: str) -> Statistic | None:
    """Return the statistic that fact `name` is compared with, or nothing if it is not."""
    if any(re.match(pattern, name) for pattern, _ in UNCHECKED):
        return None
    return next((compute for pattern, compute in CHECKS if re.match(pattern, name)), None)


def check_facts(buckets: Iterable[CityBucket]) -> list[dict[str, Any]]:
    """Return one object a fact: fact, target, got, tolerance, chance (in the unit of the fact), unit, kind, ok.

    `tolerance` is all the room that the fact allows: the uncertainty of the figure and, for a city of 200,000
    residents, twice the standard deviation that chance gives it (`chance`).
    """
    evidence = gather(buckets)
    out = []
    for name, fact in FACTS.items():
        compute = statistic_for(name)
        if compute is not None:
            got = float(compute(evidence, fact))
            low, high = fact.allowed
            out.append(
                {
                    "fact": name,
                    "target": fact.value,
                    "got": round(got, 3),
                    "tolerance": round((high - low) / 2, 3),
                    "chance": fact.chance,
                    "unit": fact.unit,
                    "kind": fact.kind,
                    "ok": fact.met(got),
                }
            )
    return out
