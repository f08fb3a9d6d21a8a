"""The simulated city of Taizhou as a source of records.

What `sanzao data simulate` wrote is used as it is, of whatever size and seed, as long as the simulator's code is still
the one that wrote it; where nothing fitting lies, a city of `SANZAO_CITY_RESIDENTS` is simulated.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from features.contracts import contracts
from features.errors import NotReadyError
from features.settings import settings
from features.sources._city import build, city, judging
from features.sources._city.clock import AS_OF, EPOCH, LANDMARKS
from features.sources._city.geography import APPROXIMATE, APPROXIMATE_ZH, COUNTIES, township_shapes
from features.sources._city.townships import TOWNSHIPS
from features.sources._source import BucketedParquet, Progress, Records, Source
from features.staging import read_manifest


def prepare(progress: Progress) -> None:
    """Simulate a city unless the records of one lie there."""
    if build.existing() is None:
        build.build(settings().city_residents, city.DEFAULT_SEED, progress)


def manifest() -> dict[str, Any]:
    """Return the manifest of the records: residents, seed, buckets, code and rows a table.

    Raises
    ------
    NotReadyError
        If there are none.
    """
    found = read_manifest(build.records_path())
    if found is None:
        raise NotReadyError(
            "The city has not been simulated yet. Run `sanzao data build --source city`, or first "
            "`sanzao data simulate --residents N` for another size."
        )
    return found


def fingerprint() -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of the records' manifest."""
    return hashlib.sha256(json.dumps(manifest(), sort_keys=True).encode()).hexdigest()[:16]


def load() -> Records:
    """Return every table as the Parquet files that the simulator wrote, which lie in buckets already."""
    folders = {name: build.records_path() / name for name in contracts()}
    return {name: BucketedParquet(folder) for name, folder in folders.items() if folder.is_dir()}


INDEX_DATES = tuple(datetime.combine(EPOCH, datetime.min.time(), UTC) + timedelta(days=day) for day in LANDMARKS)

SOURCE = Source(
    name="city",
    title="Simulated Taizhou",
    title_zh="模拟台州",
    notice="Simulated city: nobody in it exists, and no figure in it is a finding about real people.",
    notice_zh="模拟城市：其中的居民均不存在，任何数字都不代表真实人群。",
    licence="Apache-2.0, made by this project; geography as named in features/sources/_city/geography.py",
    synthetic=True,
    open_data=True,
    as_of=AS_OF,
    landmark_concept="systolic_bp",
    fingerprint=fingerprint,
    load=load,
    prepare=prepare,
    landmarks=INDEX_DATES,
    temporal_split=(INDEX_DATES[-1], INDEX_DATES[-1]),
    truth=judging.true_risks,
    events=frozenset({"late_close"}),
    left_out=frozenset(
        {
            # The same outcomes within five years are learned from two landmarks; only one has ten years behind it.
            "hypertension_10y",
            "coronary_heart_disease_10y",
            "stroke_10y",
            # They take one examination that the city does not do; here others look back on years of records.
            "undiagnosed_diabetes",
            "undiagnosed_diabetes_no_labs",
            "death_5y_examined",
        }
    ),
    area_names={
        **{county.code: (county.name_en, county.name_zh) for county in COUNTIES},
        **{township.code: (township.name_en, township.name_zh) for township in TOWNSHIPS},
    },
    area_shapes=township_shapes,
    area_shapes_note=APPROXIMATE,
    area_shapes_note_zh=APPROXIMATE_ZH,
    buckets=lambda: int(manifest()["buckets"]),
)
