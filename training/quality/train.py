"""Training of one cell model, from tables with known mistakes to a finished result on disk.

The result is a folder like that of a risk model (see `training.train`), so that it is registered the same way:

bundle/model.json, checksum.json   the bundle that serves
bundle/validation.parquet          chances of cells of tables that were left out, for the gate
bundle/card.md, report.html        the model card, and the same as a page
manifest.json                      fingerprint of everything the result depends on
"""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.settings import settings
from features.staging import read_manifest, staged_folder
from features.table_pairs import NOTICE, NOTICE_ZH, QUALITY, pairs_fingerprint, table_pairs
from models.attribution import explain
from models.bundle import BUNDLE_ARTIFACT, Bundle, InputFeature, Tiers
from models.cell_model import CellModel
from models.quality import JOINED
from training.quality.evaluation import cells_of, figures, sampled
from training.quality.learning import UNLABELLED, Cells, Choice, choose, fit, sigmoid
from training.train import SEED, code_revision

Progress = Callable[[str], None]
BACKGROUND_CELLS = 5_000  # that an explanation compares with


def train(model: CellModel, *, seed: int = SEED, progress: Progress = lambda _: None) -> Path:
    """Train `model` on the tables of the settings unless the same result is there; return the result's folder."""
    target = settings().source_state(QUALITY) / "training" / model.name
    data = pairs_fingerprint()
    basis = hashlib.sha256(json.dumps([data, repr(model), code_revision(), seed]).encode()).hexdigest()[:16]
    existing = read_manifest(target)
    if existing is not None and existing["basis"] == basis:
        return target
    manifest = {
        "fingerprint": basis,
        "basis": basis,
        "model": model.name,
        "source": QUALITY,
        "code": code_revision(),
        "data_fingerprint": data,
    }
    with staged_folder(target, manifest) as folder:
        tables = []
        for pair in table_pairs():
            progress(f"{model.name}: looking at {pair.name}")
            tables.append(sampled(cells_of(model, pair), seed))
        choice = choose(model, tables, seed)
        content = folder / BUNDLE_ARTIFACT
        content.mkdir()
        _validation(tables, choice).to_parquet(content / "validation.parquet")
        bundle = _bundle(model, tables, choice, data, seed)
        bundle.save(content)
        card = _card(model, bundle)
        (content / "card.md").write_text(card, encoding="utf-8")
        page = f"<!doctype html><meta charset=utf-8><title>{html.escape(model.title)}</title>"
        (content / "report.html").write_text(f"{page}<pre>{html.escape(card)}</pre>", encoding="utf-8")
    return target


def _validation(tables: Sequence[Cells], choice: Choice) -> pd.DataFrame:
    """Return one row a cell: table, row, column, wrong, risk (from the other tables), joined (without any label)."""
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "table": cells.table,
                    "row": cells.row,
                    "column": cells.column,
                    "wrong": cells.wrong,
                    "risk": choice.chances[cells.table],
                    "joined": sigmoid(cells.features[JOINED]),
                }
            )
            for cells in tables
        ],
        ignore_index=True,
    )


def _bundle(model: CellModel, tables: Sequence[Cells], choice: Choice, data: str, seed: int) -> Bundle:
    columns = {name: np.concatenate([cells.features[name] for cells in tables]) for name in model.features}
    form = fit(choice.name, model, tables, seed)
    some = np.random.default_rng(seed).choice(len(columns[JOINED]), min(BACKGROUND_CELLS, len(columns[JOINED])), False)
    metrics: dict[str, Any] = {"candidates": choice.loss, "chosen": choice.name, "tables": {}}
    for cells in tables:
        metrics["tables"][cells.table] = {
            "other tables": figures(choice.chances[cells.table], cells.wrong, model.threshold),
            UNLABELLED: figures(sigmoid(cells.features[JOINED]), cells.wrong, model.threshold),
        }
    for name in ("precision", "recall", "f1", "average_precision", "brier"):
        per_table = metrics["tables"].values()
        metrics[name] = float(np.mean([entry["other tables"][name] for entry in per_table]))
        metrics[f"{name}_unlabelled"] = float(np.mean([entry[UNLABELLED][name] for entry in per_table]))
    return Bundle(
        name=model.name,
        horizon_years=0,
        inputs=tuple(_input(name, columns[name]) for name in model.features),
        form=form,
        attribution=explain(form, {name: values[some] for name, values in columns.items()}),
        slope=choice.slope,
        intercept=choice.intercept,
        tiers=Tiers(very_high=0.9, high=model.threshold),
        chosen=choice.name,
        data_source=QUALITY,
        notice=NOTICE,
        notice_zh=NOTICE_ZH,
        synthetic=False,
        fingerprint=data,
        metrics=metrics,
    )


def _input(name: str, values: np.ndarray[Any, np.dtype[np.float64]]) -> InputFeature:
    seen = values[~np.isnan(values)]
    low, median, high = (float(value) for value in np.quantile(seen, (0, 0.5, 1))) if len(seen) else (0.0, 0.0, 1.0)
    return InputFeature(name, "1", low, high, float(np.isnan(values).mean()), median)


def _card(model: CellModel, bundle: Bundle) -> str:
    lines = [
        f"# {model.title} · {model.title_zh}",
        "",
        f"**Data: {bundle.data_source}.** {bundle.notice}",
        "",
        f"**数据：{bundle.data_source}。** {bundle.notice_zh}",
        "",
        "Probability that a cell of a table is wrong, from what detectors say of it. Judged and calibrated by leaving "
        f"out one table at a time. Chosen: **{bundle.chosen}**.",
        "",
        "| candidate | mean log-loss on tables left out |",
        "|---|---|",
        *(f"| {name} | {loss:.4f} |" for name, loss in bundle.metrics["candidates"].items()),
        "",
        "| table | mode | precision | recall | F1 | average precision |",
        "|---|---|---|---|---|---|",
    ]
    for table, modes in bundle.metrics["tables"].items():
        for mode, entry in modes.items():
            shown = " | ".join(f"{entry[name]:.3f}" for name in ("precision", "recall", "f1", "average_precision"))
            lines.append(f"| {table} | {mode} | {shown} |")
    return "\n".join(lines) + "\n"
