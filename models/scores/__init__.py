"""Published clinical scores: one module a score, each defining `SCORE`.

A score is the baseline that a model has to beat, and may itself serve. Each coefficient stands beside its
source, and the worked examples of the papers are its tests. What could not be traced is not used;
`NOT_TRACED` lists it. Inputs bear the names and units of the features; `OTHER_INPUTS` describes those that
no feature view has.
"""

from __future__ import annotations

from functools import cache

from features.folder import load_folder
from models.scores._inputs import OTHER_INPUTS
from models.scores._score import MG_PER_DL_CHOLESTEROL, Features, FloatArray, PublishedScore

__all__ = [
    "MG_PER_DL_CHOLESTEROL",
    "NOT_TRACED",
    "OTHER_INPUTS",
    "Features",
    "FloatArray",
    "PublishedScore",
    "published_scores",
]

NOT_TRACED: dict[str, str] = {
    "framingham_2008_cvd: baseline survival at horizons other than 10 years": (
        "Only the 10-year value was found; other horizons take the hazard as constant and say so."
    ),
    "framingham_2008_cvd: a worked example of the BMI version in the paper": (
        "The paper was within reach only in part; examples of public calculators test this version instead."
    ),
    "framingham_2008_chd, framingham_2008_stroke: factors for the BMI version": (
        "Found for the lipid version only; using them for the BMI version is ours, and says so."
    ),
    "framingham_2008_hypertension: a worked example in the paper": (
        "None was found; the printed score sheet tests the score instead."
    ),
    "prevent_2023_cvd, prevent_2023_ascvd, prevent_2023_hf: horizons other than 10 and 30 years": (
        "The paper has an equation for each of the two; between and beyond, the hazard is taken as constant."
    ),
    "score2_2021_low, score2_2021_moderate, score2_2021_high, score2_2021_very_high: an example from 70 years": (
        "None was found. SCORE2-OP stands because four public transcriptions of its supplement agree on every number."
    ),
    "china_par_2016: unrounded coefficients of treated pressure, smoking and family history, men": (
        "Found with two decimals only; the risk is off by up to 4 in 100 of itself against the official calculator."
    ),
    "plcom2012: a worked example": (
        "None was found. It stands because many public transcriptions of the paper's table agree on every coefficient."
    ),
    "amap_2020: absolute risk": (
        "A baseline survival is printed, but not what its predictor is centred on. The score ranks and gives no risk."
    ),
    "ada_2009, ncdrs_2013: the risk that belongs to a number of points": (
        "The sources print a cut-off only. The scores rank and give no risk."
    ),
    "findrisc_2003, apcs_2011: the risk inside a printed band of points": (
        "One risk a band is printed. Inside, the log cumulative hazard is interpolated: ours, and so documented."
    ),
    "findrisc_2003, ada_2009, ncdrs_2013, apcs_2011: a worked example of a person": (
        "None was found; the bands, the highest sums and the chart of the printed sheets test the scores instead."
    ),
    "WHO 2019 cardiovascular risk chart, non-laboratory, East Asia": (
        "The hazard ratios were found, the recalibration to the region was not: neither its parameters nor the chart. "
        "Not included. (One package has a simplification of its own instead, which is not the chart.)"
    ),
    "Gastric cancer risk score for China (Cai Q, et al. Gut 2019;68:1576-1587)": (
        "The paper's table of points for its seven variables was not within reach; a later form of five variables was "
        "found in one transcription only. Not included."
    ),
}
"""What was looked for and not found, and what is done about it: `score, score: what`, or a score that is not here."""


@cache
def published_scores() -> dict[str, PublishedScore]:
    """Return every published score by name."""
    return load_folder("models.scores", "SCORE")
