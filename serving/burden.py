"""The burden of diseases as training released it: read from the source's state folder, told by area or by disease.

Serving may not import training, and measuring takes seconds to minutes, so it is measured by a command and kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from features.errors import NotReadyError, UnknownNameError
from features.sources import Source
from models.kept import burden_file, read_kept
from serving.schemas_burden import AreaBurden, AreaDisease, AreaTotals, DiseaseBurden, DiseaseFigures, NamedDisease

KEPT_ANSWERS = 64
WHOLE = ""  # code of the whole source

Kept = dict[str, Any]


class NotMeasuredError(NotReadyError):
    """Nobody has measured the burden yet."""

    status = 424

    def __init__(self, source: str) -> None:
        super().__init__(
            f"The burden of diseases of source '{source}' has not been measured. "
            f"Run `sanzao report burden --source {source}`."
        )


def of_area(source: Source, county: str | None) -> tuple[bytes, str]:
    """Return every disease in the whole source or one county as JSON, and its ETag.

    Raises
    ------
    NotMeasuredError
        If the burden has not been measured.
    UnknownNameError
        If there is no such county.
    """
    return _answer(source, "area", county or WHOLE)


def of_disease(source: Source, disease: str) -> tuple[bytes, str]:
    """Return one disease in every area as JSON, and its ETag; raises as `of_area`."""
    return _answer(source, "disease", disease)


def _answer(source: Source, by: str, name: str) -> tuple[bytes, str]:
    path = burden_file(source.name)
    try:
        stamp = path.stat().st_mtime_ns
    except OSError as error:
        raise NotMeasuredError(source.name) from error
    return _made(path, stamp, source.name, by, name)


@lru_cache(maxsize=KEPT_ANSWERS)
def _made(path: Path, stamp: int, source: str, by: str, name: str) -> tuple[bytes, str]:
    """Return an answer from the file as it was at `stamp`, and a tag: compressed or not, it is the same answer."""
    kept = read_kept(path)
    if kept is None:
        raise NotMeasuredError(source)
    body = (
        _MAKE[by](kept["burden"] | {"measured_at": kept["measured_at"]}, name).model_dump_json(by_alias=True).encode()
    )
    return body, f'W/"{hashlib.sha256(body).hexdigest()[:24]}"'


def _by_area(told: Kept, county: str) -> BaseModel:
    areas = {area["code"]: area for area in told["areas"]}
    if county not in areas:
        raise UnknownNameError("county", county, [code for code in areas if code != WHOLE])
    return AreaBurden(
        **_shared(told),
        areas=[AreaTotals.model_validate(area) for area in areas.values()],
        area=AreaTotals.model_validate(areas[county]),
        diseases=[NamedDisease.model_validate(row) for row in areas[county]["diseases"]],
    )


def _by_disease(told: Kept, disease: str) -> BaseModel:
    rows = [(area, row) for area in told["areas"] for row in area["diseases"] if row["disease"] == disease]
    if not rows:
        raise UnknownNameError("disease", disease, [row["disease"] for row in told["areas"][0]["diseases"]])
    names = {name: rows[0][1][name] for name in ("disease", "label", "label_zh", "ranked")}
    return DiseaseBurden(
        **_shared(told),
        **names,
        areas=[
            AreaDisease(area=AreaTotals.model_validate(area), figures=DiseaseFigures.model_validate(row))
            for area, row in rows
        ],
    )


_MAKE: dict[str, Callable[[Kept, str], BaseModel]] = {"area": _by_area, "disease": _by_disease}


def _shared(told: Kept) -> Kept:
    names = ("synthetic", "notice", "notice_zh", "as_of", "measured_at", "period", "standard", "per", "life_table",
             "disclosure", "missing", "absent")  # fmt: skip
    return {name: told[name] for name in names} | {"data_source": told["source"]}
