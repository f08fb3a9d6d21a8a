"""Colorectal cancer: a faecal immunochemical test every year, a colonoscopy after a positive one."""

from models.programme._shared import MANY_SLOTS, NEAR, NO_CAPACITY, NO_WAIT_AFTER_INFARCTION
from models.screening_programme import Criterion, Figure, FollowUp, Positive, Programme, Test

USPSTF = "USPSTF, Screening for colorectal cancer, JAMA 2021;325:1965"

PROGRAMME = Programme(
    name="colorectal",
    title="Colorectal cancer screening",
    title_zh="结直肠癌筛查",
    disease="colorectal_cancer",
    model="undetected_colorectal_cancer",
    invited_as="colorectum",
    age=(50, 75),
    age_source=f"{USPSTF}: ages 50 to 75, grade A",
    free_of=("colorectal_cancer",),
    test=Test(
        "fit", "faecal immunochemical test", "粪便免疫化学检测", ("done.fit", "measured.fit_positive"),
        (Positive("fit_positive", 1.0),),
    ),
    interval_years=Figure(1, f"{USPSTF}: FIT every year"),
    follow_up=FollowUp(
        Criterion("fit_positive"),
        Test("colonoscopy", "colonoscopy", "结肠镜检查", ("done.colonoscopy",)),
        Figure(10, f"{USPSTF}: colonoscopy every 10 years"),
    ),
    slots_per_week=MANY_SLOTS,
    reach_km=NEAR,
    uptake=Figure(0.511, "51.10 % in Yongkang, Zhejiang (China Cancer 2016;25(2):96)"),
    sensitivity=Figure(
        0.79, "FIT for cancer, 79 % (69 to 86; 19 studies, Lee JK et al., Ann Intern Med 2014;160:171)"
    ),
    averts=Figure(
        0.23,
        "relative risk 0.77 (0.57 to 0.89) of those actually screened, guaiac tests (Towler B et al., BMJ "
        "1998;317:559); the older test stands in for FIT",
    ),
    averted="deaths from colorectal cancer",
    averted_zh="结直肠癌死亡",
    missing=(
        NO_CAPACITY,
        NO_WAIT_AFTER_INFARCTION,
        "adenomas and bowel inflammation: the records have no such diagnosis set",
    ),
)  # fmt: skip
