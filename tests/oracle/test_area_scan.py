"""Leukaemia in upstate New York: the clusters that SaTScan 9.6 prints, read from its own output."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.area.scan import circular_scan

BESIDE = [folder / "shared/data/areas" for folder in Path(__file__).resolve().parents]
FOUND = [folder for folder in BESIDE if (folder / "ny_leukaemia_satscan.txt").exists()]
pytestmark = pytest.mark.skipif(
    not FOUND,
    reason="the New York leukaemia data are GPL and not carried here: shared/data/areas must lie beside this checkout",
)


def printed():
    text = (FOUND[0] / "ny_leukaemia_satscan.txt").read_text().split("PARAMETER SETTINGS")[0]
    for block in re.split(r"\n\d+\.(?=Location IDs)", text)[1:]:
        members = re.search(r"included\.: ([\d, \n]+?)\n +Coordinates", block).group(1)
        yield (
            {int(number) for number in members.replace("\n", " ").split(",")},
            *(float(re.search(name + r"\.*: ([\d.]+)", block).group(1)) for name in (
                "Number of cases", "Expected cases", "Relative risk", "Log likelihood ratio", "P-value"
            )),
        )  # fmt: skip


def test_every_cluster_that_satscan_prints():
    tracts = pd.read_csv(FOUND[0] / "ny_leukaemia.csv")
    found = circular_scan(
        np.floor(tracts["cases"]), tracts["population"], tracts[["longitude", "latitude"]],
        largest=0.1, simulations=999, seed=20190309,
    )  # fmt: skip
    theirs = list(printed())
    assert len(theirs) == 7
    for cluster, (members, cases, expected, relative_risk, ratio, p) in zip(found.clusters, theirs, strict=False):
        assert {area + 1 for area in cluster.areas} == members
        assert cluster.cases == cases
        assert round(cluster.expected, 2) == expected
        assert round(cluster.relative_risk, 2) == relative_risk
        assert round(cluster.ratio, 6) == pytest.approx(ratio, abs=1.01e-6)
        # Both are shares of 999 random maps: four standard errors of their difference, and one map.
        assert cluster.p == pytest.approx(p, abs=4 * np.sqrt(2 * p * (1 - p) / 999) + 0.001)
