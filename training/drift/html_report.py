"""Evidently's report of a model's training cohort beside the people of now, as one HTML file to pass around.

It is drawn from samples and decides nothing: the figures on everybody are those of `training.drift.monitor`. Evidently
is imported here alone, when a report is asked for, and never where scores are served.
"""

from __future__ import annotations

import html
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from features.history import history
from features.sources import Source
from features.staging import unwritable
from features.views import all_features
from training.drift.monitor import Drift
from training.drift.population import RISK, columns_of, everybody

SAMPLE = 50_000
"""Rows a side: at a million Evidently takes minutes and gigabytes, and the pictures look the same."""

# A browser that opens the file may ask no other host for anything.
OFFLINE = (
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'unsafe-inline' 'unsafe-eval' data: blob:; form-action 'none'\">"
)


def write_report(source: Source, drift: Drift, path: Path) -> None:
    """Write the report of one model.

    Raises
    ------
    UnwritableFolderError
        If the file cannot be written.
    """
    then, now = cohort_sample(source, drift), people_sample(source, drift)
    shown = [name for name in then if then[name].notna().any() and now[name].notna().any()]
    page = evidently_page(then[shown], now[shown])
    title = f"{drift.subject.model.title}, version {drift.subject.version}: training cohort (reference) and people now"
    head = (
        f"<p style='font-family: sans-serif; margin: 1em'><b>{html.escape(title)}</b><br>{html.escape(source.notice)}"
    )
    page = page.replace("<head>", f"<head>{OFFLINE}", 1).replace("<body>", f"<body>{head}</p>", 1)
    staging = path.with_name(path.name + ".staging")
    try:
        staging.write_text(page, encoding="utf-8")
        staging.replace(path)
    except OSError as error:
        raise unwritable(path.parent.resolve(), error) from error


def evidently_page(reference: pd.DataFrame, current: pd.DataFrame) -> str:
    """Return Evidently's drift page, by PSI, for two frames with the same columns."""
    import features.settings  # noqa: F401  # says DO_NOT_TRACK, which Evidently reads when it is imported

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Evidently's and plotly's own business
        from evidently import DataDefinition, Dataset, Report
        from evidently.presets import DataDriftPreset

        discrete = [name for name in reference if name != RISK and all_features()[str(name)].kind != "continuous"]
        definition = DataDefinition(
            numerical_columns=[name for name in reference if name not in discrete], categorical_columns=discrete
        )
        snapshot = Report([DataDriftPreset(method="psi")]).run(
            Dataset.from_pandas(current, definition), Dataset.from_pandas(reference, definition)
        )
        page: str = snapshot.get_html_str(as_iframe=False)
    return page


def cohort_sample(source: Source, drift: Drift) -> pd.DataFrame:
    """Return at most `SAMPLE` index dates of the training cohort with features and predicted risk."""
    rows = drift.subject.validation[["person_id", "index_date"]]
    rows = rows.sample(min(SAMPLE, len(rows)), random_state=0)
    names = [entry.name for entry in drift.subject.bundle.inputs]
    features = history(source.name, rows, names)
    risk = drift.subject.bundle.risk({name: features[name].to_numpy(dtype=np.float64) for name in names})
    return features.assign(**{RISK: risk})


def people_sample(source: Source, drift: Drift) -> pd.DataFrame:
    """Return at most about `SAMPLE` of the people the model applies to now, with features and predicted risk."""
    share = min(1.0, SAMPLE / max(drift.people, 1))
    generator = np.random.default_rng(0)
    parts = []
    for people in everybody(source, drift.moment):
        part = pd.DataFrame(columns_of(drift.subject.model, drift.subject.bundle, people))
        parts.append(part[generator.random(len(part)) < share])
    return pd.concat(parts, ignore_index=True)
