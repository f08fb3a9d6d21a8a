"""COPD: spirometry for those who smoke or smoked, or live with smoke.

The USPSTF recommends against screening adults without symptoms (JAMA 2022;327:1806, grade D): this is case finding
among people at risk, to be offered with the question for symptoms.
"""

from models.programme._shared import NEAR, NO_CAPACITY, SOME_SLOTS
from models.screening_programme import OWN_CHOICE, Contraindication, Criterion, Figure, Positive, Programme, Test

PROGRAMME = Programme(
    name="copd",
    title="COPD case finding",
    title_zh="慢阻肺筛查",
    disease="copd",
    model="undetected_copd",
    invited_as="copd",
    age=(40, 79),
    age_source="ages 40 to 79, as in TargetCOPD (Jordan RE et al., BMC Pulm Med 2014;14:157)",
    any_of=(Criterion("ever_smoker"), Criterion("current_smoker")),
    any_of_source="ever-smokers, as in TargetCOPD (Jordan RE et al., BMC Pulm Med 2014;14:157)",
    free_of=("copd",),
    contraindications=(
        Contraindication(
            ("I21", "I22"),
            Figure(
                7,
                "acute myocardial infarction within one week, a relative contraindication (Graham BL et al., ATS/ERS, "
                "Am J Respir Crit Care Med 2019;200:e70)",
            ),
            "heart attack within a week",
            "一周内心肌梗死",
        ),
    ),
    test=Test(
        "spirometry", "spirometry", "肺功能检查", ("measured.fev1_fvc",), (Positive("fev1_fvc", 70.0, below=True),)
    ),
    interval_years=Figure(2, f"{OWN_CHOICE}: the horizon of the model that ranks"),
    slots_per_week=SOME_SLOTS,
    reach_km=NEAR,
    uptake=Figure(0.239, "383 of 1,602 invited (Ray E et al., npj Prim Care Respir Med 2021;31:7)"),
    sensitivity=Figure(1.0, "by definition: spirometry is what diagnoses COPD"),
    treated_by="inhaler",
    averts=None,
    averted="not traced",
    averted_zh="未能查证",
    missing=(
        NO_CAPACITY,
        "what early treatment averts: that tiotropium in mild COPD averts exacerbations (Tie-COPD, N Engl J Med "
        "2017;377:923) could be traced, the figure could not; ordered by risk times uptake",
        "symptoms, on which case finding should rest: not in the records",
    ),
)
