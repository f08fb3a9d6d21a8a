"""The figures by which a model is judged, from risks of people it never saw."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import InvalidInputError
from features.sources import Source
from models.risk_model import RiskModel
from models.scores import published_scores
from training.capacity import at_capacity
from training.halves import halves
from training.metrics import c_index, dynamic_auc, evaluate, observed_expected
from training.metrics import recalibration as calibration_of
from training.metrics.followup import CENSORED, COMPETING_DEATH, EVENT, had_event
from training.metrics.short_follow_up import expected_until
from training.metrics.survey import Design, observed_over_expected, weighted_auc, weighted_mean
from training.recalibration import in_both, in_the_large, recalibrate_across
from training.subgroups import subgroup_figures, worst

Array = NDArray[np.float64]

# Bootstrap repeats behind every interval: of few rows many, of many fewer, so that no model waits for minutes.
REPEATS, FEWEST_REPEATS, DRAWN_ROWS = 200, 40, 4_000_000


def repeats_for(rows: int) -> int:
    """Return how many bootstrap repeats a cohort of so many rows gets."""
    return int(np.clip(DRAWN_ROWS // rows, FEWEST_REPEATS, REPEATS))


def evaluation(model: RiskModel, source: Source, validation: pd.DataFrame, *, seed: int = 0) -> dict[str, Any]:
    """Return the figures of one model.

    Parameters
    ----------
    validation
        One row an index date, as `training.train.validation_frame` makes it.

    Returns
    -------
    dict
        model, kind, data_source, n, events, horizon_years, c_index, c_index_refit, c_index_published (None where no
        published score could be traced), published_score, calibration_slope, observed_expected, ici and the rest of
        `training.metrics.evaluate`, with 95 % intervals as `<name>_low` and `<name>_high`; published_expected (None
        where the score prints no risk); subgroups, worst_subgroup and worst_subgroup_oe; capacity; by_detection;
        what `temporal_figures` and `survey_figures` give.
    """
    published = validation["published"].to_numpy(dtype=np.float64)
    prints_risk = model.published_score is not None and published_scores()[model.published_score].risk is not None
    figures = judged(model, source, validation, seed=seed)
    return (
        figures
        | {
            "c_index_refit": ranking(model, validation, "refit"),
            "c_index_deep": ranking(model, validation, "deep"),
            "published_expected": float(published.mean()) if prints_risk and not np.isnan(published).any() else None,
            "by_detection": by_detection(model, validation),
        }
        | temporal_figures(model, validation)
        | survey_figures(model, source, validation)
    )


def judged(model: RiskModel, source: Source, validation: pd.DataFrame, *, seed: int = 0) -> dict[str, Any]:
    """Return the figures that any people give, whether the model was trained on people like them or not.

    Parameters
    ----------
    validation
        One row an index date: person_id, time, status, weight, risk, published and what subgroups are made of.
    """
    time, status, risk, weight = arrays(validation, "risk")
    person = validation["person_id"].to_numpy(dtype=np.int64)
    figures = evaluate(
        time,
        status,
        risk,
        model.horizon_years,
        person=person,
        repeats=repeats_for(len(person)),
        seed=seed,
        thresholds=model.thresholds,
        weights=weight,
    )
    subgroups = subgroup_figures(validation, model.horizon_years)
    furthest = worst(subgroups)
    return (
        {
            "model": model.name,
            "kind": model.kind,
            "data_source": source.name,
            "synthetic": source.synthetic,
            "horizon_years": model.horizon_years,
            "published_score": model.published_score,
            "c_index_published": ranking(model, validation, "published"),
        }
        | figures
        | {
            "worst_subgroup_oe": furthest["observed_expected"] if furthest else None,
            "worst_subgroup": f"{furthest['group']}: {furthest['level']}" if furthest else None,
            "subgroups": subgroups,
            "capacity": at_capacity(time, status, risk, model.horizon_years, weight),
        }
    )


def ranking(model: RiskModel, validation: pd.DataFrame, column: str) -> float | None:
    """Return the C-index of a column of risks, None where some are missing."""
    time, status, risk, weight = arrays(validation, column)
    return None if np.isnan(risk).any() else c_index(time, status, risk, model.horizon_years, weight)


def arrays(validation: pd.DataFrame, risk: str) -> tuple[Array, NDArray[np.int8], Array, Array]:
    """Return time, status, the named risk and weight of a validation frame, (n,) each."""
    return (
        validation["time"].to_numpy(dtype=np.float64),
        validation["status"].to_numpy(dtype=np.int8),
        validation[risk].to_numpy(dtype=np.float64),
        validation["weight"].to_numpy(dtype=np.float64),
    )


def by_detection(model: RiskModel, validation: pd.DataFrame) -> list[dict[str, Any]]:
    """Return how well events found by screening and events found by symptoms are ranked, each without the other.

    Events of the other kind count as censored on their day, so both are cause-specific.
    """
    if not model.screening_tests:
        return []
    time, status, risk, weight = arrays(validation, "risk")
    screened = validation["screened"].to_numpy(dtype=bool)
    rows = []
    for name, mine in (("screening", screened), ("symptoms", ~screened)):
        own = np.where((status == EVENT) & ~mine, CENSORED, status)
        events = int(had_event(time, own, model.horizon_years).sum())
        ranked = c_index(time, own, risk, model.horizon_years, weight) if events else None
        rows.append({"found_by": name, "events": events, "c_index": ranked})
    return rows


def survey_figures(model: RiskModel, source: Source, validation: pd.DataFrame) -> dict[str, Any]:
    """Return figures of the population that a survey was drawn from, with design-based standard errors.

    Only those whose outcome at the horizon is known and whose place in the design is known take part.

    Returns
    -------
    dict
        survey_n, survey_prevalence, survey_auc, survey_observed_expected, each of the last three with `_se`. Empty
        where the source is no survey.
    """
    if source.survey is None:
        return {}
    design = source.survey().merge(validation, on="person_id", how="left", suffixes=("", "_cohort"))
    time, status = design["time"].to_numpy(dtype=np.float64), design["status"].to_numpy(dtype=np.float64)
    event = had_event(time, status, model.horizon_years)
    known = event | (time >= model.horizon_years) | (status == COMPETING_DEATH)
    outcome = np.where(known, event.astype(np.float64), np.nan)
    risk = np.where(known, design["risk"].to_numpy(dtype=np.float64), np.nan)
    if np.nansum(outcome) == 0:
        return {}
    drawn = Design.of(design["weight"], design["stratum"], design["psu"])
    figures = {
        "prevalence": weighted_mean(outcome, drawn),
        "auc": weighted_auc(outcome, risk, drawn),
        "observed_expected": observed_over_expected(outcome, risk, drawn),
    }
    return {"survey_n": int(known.sum())} | {
        f"survey_{name}{suffix}": value
        for name, estimate in figures.items()
        for suffix, value in (("", estimate.value), ("_se", estimate.error))
    }


def temporal_figures(model: RiskModel, validation: pd.DataFrame) -> dict[str, Any]:
    """Return what a model that was trained on earlier index dates says of later ones, before and after recalibration.

    Returns
    -------
    dict
        temporal_n, temporal_events, temporal_c_index, temporal_c_index_refit, temporal_auc, and observed/expected and
        slope as predicted, after recalibration in the large, and after slope and intercept were fitted anew
        (`..._recalibrated_in_the_large`, `..._recalibrated`); each half of the people is recalibrated by the other.
        Where nobody of the later ones is followed to the horizon, temporal_years says how far they are; they are
        ranked, and observed/expected is that of the events until now. Empty where there is no such validation.
    """
    if "temporal_risk" not in validation or validation["temporal_risk"].isna().all():
        return {}
    later = validation[validation["temporal_risk"].notna()]
    time, status, risk, weight = arrays(later, "temporal_risk")
    horizon = model.horizon_years
    refit = later["temporal_refit"].to_numpy(dtype=np.float64)
    figures = {
        "temporal_n": len(later),
        "temporal_events": int(had_event(time, status, horizon).sum()),
        "temporal_c_index": c_index(time, status, risk, horizon, weight),
        "temporal_c_index_refit": c_index(time, status, refit, horizon, weight),
    }
    person = later["person_id"].to_numpy(dtype=np.int64)
    if time.max() < horizon:
        earlier = validation[validation["temporal_risk"].isna()]
        happened = weight * (status == EVENT)
        expected = weight * expected_until(time, risk, horizon, arrays(earlier, "risk"))
        return figures | {"temporal_years": float(time.max())} | until_now(person, happened, expected)
    calibration = before_and_after(time, status, risk, horizon, weight, person)
    return (
        figures
        | {
            "temporal_auc": dynamic_auc(time, status, risk, horizon, weight),
            "temporal_auc_refit": dynamic_auc(time, status, refit, horizon, weight),
        }
        | {f"temporal_{name}": value for name, value in calibration.items()}
    )


def until_now(person: NDArray[np.int64], happened: Array, expected: Array) -> dict[str, float]:
    """Return observed over expected events (n,) until now, as predicted and with each half scaled by the other."""
    scaled = expected.copy()
    for mine, others in halves(person):
        scaled[mine] *= happened[others].sum() / expected[others].sum()
    return {
        "temporal_observed_expected": float(happened.sum() / expected.sum()),
        "temporal_observed_expected_recalibrated_in_the_large": float(happened.sum() / scaled.sum()),
    }


def before_and_after(
    time: Array, status: NDArray[np.int8], risk: Array, horizon: float, weight: Array, person: NDArray[np.int64]
) -> dict[str, float]:
    """Return observed/expected and slope as predicted, recalibrated in the large, and recalibrated in both."""
    figures: dict[str, float] = {}
    shifted, fitted = (
        recalibrate_across(person, time, status, risk, horizon, weight, rule) for rule in (in_the_large, in_both)
    )
    for suffix, risks in (("", risk), ("_recalibrated_in_the_large", shifted), ("_recalibrated", fitted)):
        figures[f"observed_expected{suffix}"] = observed_expected(time, status, risks, horizon, weight).ratio
        try:
            slope = calibration_of(time, status, risks, horizon, weight).slope
        except InvalidInputError:
            slope = np.nan
        figures[f"calibration_slope{suffix}"] = slope
    return figures
