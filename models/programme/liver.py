"""Liver cancer: ultrasound and alpha-fetoprotein every six months for carriers of hepatitis B."""

from models.programme._shared import NEAR, NO_CAPACITY, SOME_SLOTS
from models.screening_programme import Criterion, Figure, Programme, Test

SHANGHAI = "Zhang BH, Yang BH, Tang ZY, J Cancer Res Clin Oncol 2004;130:417 (18,816 people, Shanghai)"

PROGRAMME = Programme(
    name="liver",
    title="Liver cancer surveillance",
    title_zh="肝癌筛查",
    disease="liver_cancer",
    model="liver_cancer_5y",
    invited_as="liver",
    age=(35, 74),
    age_source=f"from 35 on: {SHANGHAI}, who stopped at 59; to 74: own choice",
    any_of=(Criterion("hepatitis_b"), Criterion("hbsag")),
    any_of_source=f"hepatitis B virus infection: {SHANGHAI}",
    free_of=("liver_cancer",),
    test=Test(
        "afp_ultrasound", "liver ultrasound and alpha-fetoprotein", "肝脏超声和甲胎蛋白", ("done.afp_ultrasound",)
    ),
    interval_years=Figure(0.5, f"every six months: {SHANGHAI}"),
    slots_per_week=SOME_SLOTS,
    reach_km=NEAR,
    uptake=Figure(0.582, f"58.2 % of the screening offered: {SHANGHAI}"),
    sensitivity=Figure(
        0.63,
        "early cancer in cirrhosis, ultrasound with AFP, 63 % (Tzartzeva K et al., Gastroenterology 2018;154:1706)",
    ),
    averts=Figure(0.37, f"rate ratio 0.63 (0.41 to 0.98), by invitation, so low for those who come: {SHANGHAI}"),
    averted="deaths from liver cancer",
    averted_zh="肝癌死亡",
    missing=(NO_CAPACITY, "cirrhosis and hepatitis C: the records have no such diagnosis set"),
)
