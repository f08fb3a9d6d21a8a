"""Measure how far chance moves each figure: `python -m features.sources._city.measure_chance` prints `facts.chance`.

What is measured is the spread between independent cities, of every figure alike: the sampling of people, the
clustering of households, and the frailties of townships, which a binomial formula would leave out. How far the cities
lie from the figure on average plays no part in it.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from features.sources._city import city
from features.sources._city.check_facts import check_facts

RESIDENTS, SEEDS = 200_000, tuple(range(1, 13))

HEAD = (
    '"""Measured by `measure_chance`: how far chance moves each figure in cities of 200,000 residents.\n\n'
    'Standard deviations over twelve cities, in the unit of the figure.\n"""\n\n'
    "from __future__ import annotations\n\n"
    "CHANCE: dict[str, float] = {\n"
)


def figures(seed: int) -> dict[str, float]:
    """Return what the city of a seed gives for every fact that is compared."""
    return {row["fact"]: row["got"] for row in check_facts(city.simulate(RESIDENTS, seed))}


def module_text(cities: list[dict[str, float]]) -> str:
    """Return the text of the module `facts.chance`, given the figures of independent cities."""
    spread = {name: float(np.std([one[name] for one in cities], ddof=1)) for name in cities[0]}
    return HEAD + "".join(f'    "{name}": {value:.3g},\n' for name, value in spread.items()) + "}\n"


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:
        sys.stdout.write(module_text(list(pool.map(figures, SEEDS))))
