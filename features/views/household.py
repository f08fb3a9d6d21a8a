"""Household: with how many, and with whom, the resident lives."""

from features.feature import Feature, Over, View
from features.taking import FIVE_YEARS, happened

VIEW = View(
    name="household",
    description="What is known of those who share the resident's home.",
    features=(
        Feature(
            name="household_size",
            label="household size",
            label_zh="家庭人口数",
            unit="1",
            low=1,
            high=20,
            step=1,
            kind="ordinal",
            taken=Over("total", "household.member"),
            description="members of the household known by the index date, the resident included",
        ),
        happened("household_smoker", "a smoker at home", "家中有人吸烟", "household.smoker", window=FIVE_YEARS),
        happened("household_diabetes", "diabetes at home", "家人患糖尿病", "household.diabetes"),
        happened("household_cancer", "cancer at home", "家人患癌症", "household.any_cancer"),
        happened("household_hepatitis_b", "hepatitis B at home", "家人患乙型肝炎", "household.hepatitis_b"),
    ),
)
