"""The inputs of scores that no feature view describes: name to unit and meaning."""

from __future__ import annotations

OTHER_INPUTS: dict[str, str] = {
    "albumin": "g/L, serum albumin",
    "bilirubin": "µmol/L, total serum bilirubin",
    "education_plco": "1 to 6, levels of schooling of the PLCO trial; see plcom2012",
    "egfr": "mL/min/1.73 m2, estimated glomerular filtration rate, CKD-EPI 2021",
    "family_history_ascvd": "1 if a parent or sibling had a myocardial infarction or stroke, else 0",
    "family_history_colorectal_cancer": "1 if a parent, sibling or child had colorectal cancer, else 0",
    "family_history_diabetes": "1 if a parent, sibling or child has diabetes, else 0",
    "family_history_diabetes_distant": "1 if a grandparent, aunt, uncle or first cousin has diabetes, else 0",
    "family_history_lung_cancer": "1 if a parent, sibling or child had lung cancer, else 0",
    "gestational_diabetes": "1 if a woman ever had diabetes in pregnancy, else 0",
    "high_glucose_ever": "1 if blood glucose was ever found high, in pregnancy or illness too, else 0",
    "northern_china": "1 if resident north of the Yangtze, else 0",
    "parental_hypertension": "0 to 2, parents with hypertension",
    "physically_active": "1 if active for at least half an hour on most days, else 0",
    "quit_years": "years since smoking was given up",
    "race_plco": "1 to 6, groups of the PLCO trial; see plcom2012",
    "smoking_years": "years of smoking in all",
    "urban": "1 if resident in a town, else 0",
    "vegetables_daily": "1 if vegetables, fruit or berries are eaten every day, else 0",
    "waist_circumference": "cm",
}
