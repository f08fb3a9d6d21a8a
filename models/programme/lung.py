"""Lung cancer: low-dose CT every year for those who smoke or smoked."""

from models.programme._shared import FAR, FEW_SLOTS, NO_CAPACITY
from models.screening_programme import Criterion, Figure, Programme, Test

CHINA = "China National Lung Cancer Screening Guideline (2018 version), Zhou Q et al., Chin J Lung Cancer 2018;21:67"

PROGRAMME = Programme(
    name="lung",
    title="Lung cancer screening",
    title_zh="肺癌筛查",
    disease="lung_cancer",
    model="undetected_lung_cancer",
    invited_as="lung",
    age=(50, 74),
    age_source=f"{CHINA}: 50 to 74 years",
    any_of=(Criterion("ever_smoker"), Criterion("current_smoker")),
    any_of_source=f"{CHINA}: who smokes or smoked",
    free_of=("lung_cancer",),
    test=Test("ldct", "low-dose CT", "低剂量CT", ("done.ldct", "measured.ldct_nodule")),
    interval_years=Figure(1, f"{CHINA}: every year"),
    slots_per_week=FEW_SLOTS,
    reach_km=FAR,
    uptake=Figure(
        0.419, "41.9 % of smokers at high risk in four cities of Zhejiang (JMIR Public Health 2023;9:e43586)"
    ),
    sensitivity=Figure(0.938, "93.8 % in the first round of NLST (Church TR et al., N Engl J Med 2013;368:1980)"),
    averts=Figure(0.20, "20.0 % (6.8 to 26.7) fewer deaths from lung cancer in NLST (N Engl J Med 2011;365:395)"),
    averted="deaths from lung cancer",
    averted_zh="肺癌死亡",
    missing=(
        NO_CAPACITY,
        "20 pack-years, and at most five years since quitting, as the guideline asks: the records hold neither",
    ),
)
