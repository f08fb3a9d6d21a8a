"""Sudden infant deaths in North Carolina: every figure that R's spdep 1.2-7 prints for them.

`raw` is deaths over births, `ft` the Freeman-Tukey transform of the rates, which spdep's local statistics are of.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from shapely.geometry import shape

from models.area.autocorrelation import getis_ord, local_moran, moran
from models.area.neighbours import queen
from models.area.shrinkage import shrink, shrink_to_neighbours

DATA = Path(__file__).parent / "nc_sids"
COUNTIES = pd.read_csv(DATA / "nc_sids_spdep_areas.csv", dtype={"fips": str})
SUMMARY = dict(line.split(" ", 1) for line in (DATA / "nc_sids_spdep_summary.txt").read_text().splitlines())


def printed(name):
    return float(SUMMARY[name])


@cache
def neighbours():
    features = json.loads((DATA / "nc_sids.geojson").read_text())["features"]
    assert [feature["properties"]["FIPS"] for feature in features] == list(COUNTIES["fips"])
    return queen([shape(feature["geometry"]) for feature in features])


def test_queen_contiguity():
    assert len(neighbours().first) == printed("queen_links") == 490


@pytest.mark.parametrize("of", ["raw", "ft"])
def test_morans_i(of):
    found = moran(COUNTIES[of], neighbours())
    assert found.value == pytest.approx(printed(f"moran_{of}_I"), rel=1e-12)
    assert found.z == pytest.approx(printed(f"moran_{of}_z"), rel=1e-12)
    if of == "raw":
        assert round(found.value, 6) == 0.230910
        assert found.expected == pytest.approx(printed("moran_raw_E"), rel=1e-12)
        assert found.variance == pytest.approx(printed("moran_raw_Var_rand"), rel=1e-12)
        assert found.p / 2 == pytest.approx(printed("moran_raw_p"), rel=1e-9)  # spdep asks only for likeness


def test_empirical_bayes_towards_all_counties():
    found = shrink(COUNTIES["sid74"], COUNTIES["bir74"])
    assert found.variance == pytest.approx(printed("EBest_a"), rel=1e-10)
    assert found.mean == pytest.approx(printed("EBest_b"), rel=1e-10)
    np.testing.assert_allclose(found.risk, COUNTIES["eb_global"], rtol=1e-10)
    np.testing.assert_allclose(found.raw, COUNTIES["raw"], rtol=1e-10)


def test_empirical_bayes_towards_the_neighbours():
    found = shrink_to_neighbours(COUNTIES["sid74"], COUNTIES["bir74"], neighbours())
    np.testing.assert_allclose(found.risk, COUNTIES["eb_local"], rtol=1e-10)


def test_local_morans_i_of_every_county():
    found = local_moran(COUNTIES["ft"], neighbours())
    np.testing.assert_allclose(found.value, COUNTIES["Ii"], rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.z, COUNTIES["Ii_z"], rtol=0, atol=1e-12)


def test_getis_and_ords_g_star_of_every_county():
    found = getis_ord(COUNTIES["ft"], neighbours())
    np.testing.assert_allclose(found.z, COUNTIES["Gistar"], rtol=0, atol=1e-12)


def test_fewer_counties_are_pointed_out_than_single_tests_would():
    found = local_moran(COUNTIES["ft"], neighbours())
    assert 0 < (found.kind > 0).sum() < (found.p < 0.05).sum()
    assert np.all(found.q >= found.p)
