"""Everybody's risks at one moment: streamed by bucket from the records to risks, ranked lists and area totals.

<state>/<source>/scores/<basis>/risks/bucket=<k>.parquet    person_id, home, and a column a model: risk, null where it
                                                            does not apply (float32)
<state>/<source>/scores/<basis>/lists/<model>.parquet       whoever is of tier high or above, highest risk first, with
                                                            the strongest reasons
<state>/<source>/scores/<basis>/areas.parquet               people and expected cases by home, sex, age and model
<state>/<source>/scores/<basis>/manifest.json
<state>/<source>/scores/current.json                        which basis readers take

The basis is a fingerprint of moment, records and champions. A run that was killed leaves finished buckets behind and
goes on with the others; `current.json` is replaced last, so a reader sees one run or another, never a mix. Nothing here
is an answer for people: counts of areas have not passed disclosure control yet.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.errors import NotReadyError
from features.homes import HOME, NO_HOME, as_codes
from features.journal import newest
from features.log_reading import everybody_at
from features.plan import Plan, plan_of
from features.record_log import log_manifest
from features.residents import dead
from features.settings import settings
from features.sources import Source
from features.staging import MANIFEST, exclusive, read_manifest, unwritable
from features.views import get_feature
from models.applicable import applicable
from models.design import design, needed_features
from serving.champions import Snapshot
from serving.kernel import Listed, Scorer

Progress = Callable[[str], None]

REASONS = 3
AGES = np.array([0.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0])  # lowest age of each band of the area totals


def scores_path(source: str) -> Path:
    """Return the folder of a source's score snapshots."""
    return settings().source_state(source) / "scores"


def score_everybody(
    source: Source, champions: Snapshot, moment: datetime, progress: Progress = lambda _: None
) -> dict[str, Any]:
    """Score everybody registered by `moment` under every champion, unless that is done already.

    Returns
    -------
    dict
        The manifest: source, moment, residents, buckets, models with version, listed people and expected cases.

    Raises
    ------
    NotReadyError
        If no model serves.
    """
    if champions.scorer is None:
        raise NotReadyError("No model serves, so nobody can be scored. Run `sanzao train --all`.")
    folder = scores_path(source.name)
    basis = _basis(source.name, champions, moment)
    target = folder / basis
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error
    with exclusive(folder, "scoring everybody", wait=True):
        manifest = read_manifest(target)
        if manifest is None:
            partial = folder / f"{basis}.partial"
            for other in folder.glob("*.partial"):
                if other != partial:
                    shutil.rmtree(other, ignore_errors=True)
            try:
                manifest = _Run(source, champions, champions.scorer, moment, partial).finish(progress)
            except OSError as error:
                raise unwritable(partial, error) from error
            partial.replace(target)
        _replace_text(folder / "current.json", json.dumps({"basis": basis}))
        for old in folder.iterdir():
            if old.is_dir() and old != target:
                shutil.rmtree(old, ignore_errors=True)
    return manifest


def current_scores(source: str) -> Path:
    """Return the folder of the newest finished score snapshot.

    Raises
    ------
    NotReadyError
        If there is none.
    """
    try:
        basis = json.loads((scores_path(source) / "current.json").read_text())["basis"]
    except (OSError, ValueError, KeyError) as error:
        raise NotReadyError(
            f"Nobody of source '{source}' has been scored yet. Run `sanzao score --all --source {source}`."
        ) from error
    return scores_path(source) / str(basis)


def _basis(source: str, champions: Snapshot, moment: datetime) -> str:
    log = log_manifest(source)
    versions = {name: [entry.version, entry.bundle.fingerprint] for name, entry in champions.champions.items()}
    text = json.dumps([moment.isoformat(), log["lake"], log["code"], newest(source), versions], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _replace_text(path: Path, text: str) -> None:
    staging = path.with_name(f"{path.name}.{os.getpid()}.staging")
    staging.write_text(text)
    staging.replace(path)


@dataclass(frozen=True)
class _Run:
    """One run over all buckets; what is finished lies in `folder`."""

    source: Source
    champions: Snapshot
    scorer: Scorer
    moment: datetime
    folder: Path

    def finish(self, progress: Progress) -> dict[str, Any]:
        """Score the buckets that are not done, then rank and sum up all of them."""
        for name in ("risks", "listed", "totals"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        done = {int(path.stem.split("=")[1]) for path in (self.folder / "risks").glob("bucket=*.parquet")}
        gone = dead(self.source.name, self.moment)
        steps = self._plan()
        # Writing waits for the disk and encodes in native code, so the next bucket is worked out meanwhile.
        with ThreadPoolExecutor(1) as writer:
            written: Future[None] | None = None
            microseconds = round(self.moment.timestamp() * 1e6)
            for bucket, persons, features in everybody_at(self.source.name, microseconds, steps, done):
                columns = {feature.name: features[row] for row, feature in enumerate(steps.features)}
                tables = self._scored(persons, columns, gone)
                if written is not None:
                    written.result()
                written = writer.submit(self._write, bucket, *tables)
                progress(f"bucket {bucket + 1} of {log_manifest(self.source.name)['buckets']}")
            if written is not None:
                written.result()
        return self._rank(progress)

    def _plan(self) -> Plan:
        needed = dict.fromkeys(needed_features(self.scorer.features))
        for champion in self.champions.champions.values():
            needed |= dict.fromkeys(("age", "female", *champion.declaration.cohort.free_of))
        for name in tuple(needed):
            needed |= dict.fromkeys(getattr(get_feature(name).taken, "inputs", ()))
        return plan_of((*(get_feature(name) for name in needed), HOME))

    def _scored(
        self, persons: NDArray[np.int64], columns: dict[str, NDArray[np.float64]], gone: NDArray[np.int64]
    ) -> tuple[pa.Table, list[pa.Table], pa.Table]:
        """Return risks, listed people by model and area totals of one bucket."""
        alive = ~np.isin(persons, gone, assume_unique=True)
        entries = list(self.champions.champions.values())
        may = np.stack([alive & applicable(entry.declaration, columns) for entry in entries])
        thresholds = np.array([entry.bundle.tiers.high for entry in entries])
        designed = design(self.scorer.features, columns)
        scores, listed = self.scorer.score_and_list(designed, may, thresholds, REASONS)
        home = as_codes(columns[HOME.name])
        names = list(self.champions.champions)
        risks = {"person_id": pa.array(persons), "home": pa.array(home, mask=home == NO_HOME)} | {
            name: pa.array(scores.risk[:, model].astype(np.float32), mask=~may[model])
            for model, name in enumerate(names)
        }
        return pa.table(risks), self._listed(persons, home, listed), self._totals(columns, home, may, scores.risk)

    def _listed(self, persons: NDArray[np.int64], home: NDArray[np.int64], listed: list[Listed]) -> list[pa.Table]:
        """Return who is listed under each model."""
        slopes = [entry.bundle.slope for entry in self.champions.champions.values()]
        parts = []
        for model, part in enumerate(listed):
            columns: dict[str, Any] = {
                "person_id": persons[part.row],
                "home": home[part.row],
                "risk": part.risk,
            }
            for place in range(REASONS):
                columns[f"reason_{place + 1}"] = part.feature[:, place]
                columns[f"odds_ratio_{place + 1}"] = np.exp(part.contribution[:, place] * slopes[model]).astype(
                    np.float32
                )
            parts.append(pa.table(columns))
        return parts

    def _totals(
        self,
        columns: dict[str, NDArray[np.float64]],
        home: NDArray[np.int64],
        may: NDArray[np.bool_],
        risk: NDArray[np.float64],
    ) -> pa.Table:
        homes, place = np.unique(home, return_inverse=True)
        band = np.maximum(np.searchsorted(AGES, columns["age"], side="right") - 1, 0)
        cell = (place * 2 + (columns["female"] == 1)) * len(AGES) + band
        size = len(homes) * 2 * len(AGES)
        at = np.arange(size)
        parts = []
        for model, entry in enumerate(self.champions.champions.values()):
            mine, tiers = may[model], entry.bundle.tiers
            mine_risk, mine_cell = risk[mine, model], cell[mine]
            people = np.bincount(mine_cell, minlength=size)
            some = people > 0
            parts.append(
                pa.table({
                    "home": homes[at // (2 * len(AGES))][some],
                    "female": (at // len(AGES) % 2)[some].astype(bool),
                    "age_from": AGES[at % len(AGES)][some],
                    "model": np.full(int(some.sum()), model, np.int16),
                    "people": people[some],
                    "expected": np.bincount(mine_cell, mine_risk, size)[some],
                    "high": np.bincount(mine_cell[mine_risk >= tiers.high], minlength=size)[some],
                    "very_high": np.bincount(mine_cell[mine_risk >= tiers.very_high], minlength=size)[some],
                })
            )  # fmt: skip
        return pa.concat_tables(parts)

    def _write(self, bucket: int, risks: pa.Table, listed: list[pa.Table], totals: pa.Table) -> None:
        """Write one bucket; its risks come last and say that it is done."""
        for name, groups in (("listed", listed), ("totals", [totals]), ("risks", [risks])):
            path = self.folder / name / f"bucket={bucket}.parquet"
            staging = path.with_suffix(".staging")
            with pq.ParquetWriter(staging, groups[0].schema, compression="lz4", use_dictionary=False) as sink:
                for group in groups:  # a row group a model, so that one of them can be read without the others
                    sink.write_table(group, row_group_size=max(len(group), 1))
            staging.replace(path)

    def _rank(self, progress: Progress) -> dict[str, Any]:
        lists = self.folder / "lists"
        lists.mkdir(exist_ok=True)
        totals = pa.concat_tables([part.read() for part in _parts(self.folder / "totals")])
        keys = ["home", "female", "age_from", "model"]
        sums = totals.group_by(keys).aggregate([(name, "sum") for name in ("people", "expected", "high", "very_high")])
        sums = sums.rename_columns([name.removesuffix("_sum") for name in sums.column_names])
        sums = sums.sort_by([(key, "ascending") for key in keys])
        models = list(self.champions.champions.items())
        named = pa.array([name for name, _ in models])
        areas = sums.set_column(sums.column_names.index("model"), "model", named.take(sums["model"].combine_chunks()))
        pq.write_table(areas, self.folder / "areas.parquet")
        ranked: dict[str, Any] = {}
        features = pa.array(self.scorer.features)
        parts = _parts(self.folder / "listed")
        for number, (name, champion) in enumerate(models):
            table = pa.concat_tables([part.read_row_group(number) for part in parts])
            order = np.lexsort((table["person_id"].to_numpy(), -table["risk"].to_numpy()))
            table = table.take(pa.array(order))
            for place in range(1, REASONS + 1):
                column = f"reason_{place}"
                found = table[column].to_numpy()
                words = features.take(pa.array(np.maximum(found, 0), mask=found < 0))
                table = table.set_column(table.column_names.index(column), column, words)
            pq.write_table(table, lists / f"{name}.parquet", compression="lz4")
            mine = sums.filter(pa.compute.equal(sums["model"], number))
            ranked[name] = {
                "version": champion.version,
                "people": int(pa.compute.sum(mine["people"]).as_py() or 0),
                "expected": float(pa.compute.sum(mine["expected"]).as_py() or 0.0),
                "listed": table.num_rows,
                "very_high": champion.bundle.tiers.very_high,
                "high": champion.bundle.tiers.high,
            }
            progress(f"list of {name}")
        for name in ("listed", "totals"):
            shutil.rmtree(self.folder / name)
        risks = sorted((self.folder / "risks").glob("bucket=*.parquet"))
        manifest = {
            "source": self.source.name,
            "synthetic": self.source.synthetic,
            "notice": self.source.notice,
            "moment": self.moment.isoformat(),
            "residents": sum(pq.read_metadata(path).num_rows for path in risks),
            "buckets": len(risks),
            "models": ranked,
        }
        (self.folder / MANIFEST).write_text(json.dumps(manifest, indent=2, ensure_ascii=False))
        return manifest


def _parts(folder: Path) -> list[pq.ParquetFile]:
    """Return the files of all buckets."""
    return [pq.ParquetFile(path) for path in sorted(folder.glob("bucket=*.parquet"))]
