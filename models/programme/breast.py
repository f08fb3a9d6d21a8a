"""Breast cancer: mammography every two years."""

from models.programme._shared import FAR, FEW_SLOTS, NO_CAPACITY
from models.screening_programme import Figure, Positive, Programme, Test

USPSTF = "USPSTF, Screening for breast cancer, JAMA 2024;331:1918"

PROGRAMME = Programme(
    name="breast",
    title="Breast cancer screening",
    title_zh="乳腺癌筛查",
    disease="breast_cancer",
    model="breast_cancer_5y",
    invited_as="breast",
    sex="women",
    age=(40, 74),
    age_source=f"{USPSTF}: ages 40 to 74, grade B",
    free_of=("breast_cancer",),
    test=Test(
        "mammography", "mammography", "乳腺钼靶", ("done.mammography", "measured.birads"), (Positive("birads", 4.0),)
    ),
    interval_years=Figure(2, f"{USPSTF}: every two years"),
    slots_per_week=FEW_SLOTS,
    reach_km=FAR,
    uptake=Figure(
        0.5, "own choice: half of those invited; no figure of China could be traced, the city's invitations correct it"
    ),
    sensitivity=Figure(0.869, "86.9 % (Lehman CD et al., Radiology 2017;283:49)"),
    averts=Figure(
        0.20,
        "20 % fewer deaths among women invited, so low for those who come (Independent UK Panel, Marmot MG et al., "
        "Br J Cancer 2013;108:2205)",
    ),
    averted="deaths from breast cancer",
    averted_zh="乳腺癌死亡",
    missing=(NO_CAPACITY, "ultrasound, which suits dense breasts better: not in the records"),
)
