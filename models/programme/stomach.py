"""Stomach cancer: gastroscopy every two years."""

from models.programme._shared import FAR, FEW_SLOTS, NO_CAPACITY, NO_WAIT_AFTER_INFARCTION
from models.screening_programme import Figure, Programme, Test

KOREA = "Korea's National Cancer Screening Program (Lee S et al., Medicine 2015;94:e533)"

PROGRAMME = Programme(
    name="stomach",
    title="Stomach cancer screening",
    title_zh="胃癌筛查",
    disease="stomach_cancer",
    model="undetected_stomach_cancer",
    invited_as="stomach",
    age=(40, 75),
    age_source=f"from 40 on: {KOREA}; to 75: own choice",
    free_of=("stomach_cancer",),
    test=Test("gastroscopy", "gastroscopy", "胃镜检查", ("done.gastroscopy",)),
    interval_years=Figure(2, f"every two years: {KOREA}"),
    slots_per_week=FEW_SLOTS,
    reach_km=FAR,
    uptake=Figure(
        0.291, "29.1 % of those invited in Korea in 2008, radiography included (Cancer Res Treat 2011;43(2))"
    ),
    # 2.61 found per 1,000 endoscopies, and 1.17 that showed within a year of 1,000 negative ones.
    sensitivity=Figure(0.69, "endoscopy in Korea, 69.0 % (Choi KS et al., PLoS One 2012;7:e50041)"),
    averts=Figure(
        0.47,
        "odds ratio 0.53 (0.51 to 0.56) of death from stomach cancer after endoscopy (Jun JK et al., Gastroenterology "
        "2017;152:1319), a nested case-control study: those who came may have been healthier",
    ),
    averted="deaths from stomach cancer",
    averted_zh="胃癌死亡",
    missing=(
        NO_CAPACITY,
        NO_WAIT_AFTER_INFARCTION,
        "pepsinogen and gastrin: not measured in the records",
        "sensitivity by the incidence method (Hamashima C et al., 2013): its figures could not be traced",
    ),
)
