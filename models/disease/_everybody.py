"""What models of the whole population share: who somebody is, how they use care, and what was last measured.

Directions stand only where medicine knows them and nothing else turns them. That somebody is diagnosed also takes
somebody who looks: how often a person comes for check-ups moves the chance of a diagnosis, so it is among the features
(Goldstein et al., J Am Med Inform Assoc 2017;24:198, on what informative visits do to models from health records).
"""

from models.risk_model import Direction

PERSON = (
    "age", "female", "schooling", "farmer", "income_band", "minimum_living_allowance", "insurance", "hukou",
    "living_alone", "area_income", "area_share_60",
)  # fmt: skip
CARE = (
    "checkups", "checkup_days", "clinic_visits", "hospital_stays_5y", "visit_days", "clinic_distance", "area_clinics",
)  # fmt: skip
HABITS = (
    "current_smoker", "ever_smoker", "cigarettes_per_day", "alcohol_weekly", "household_smoker", "pm25",
)  # fmt: skip
PRESSURE = ("systolic_bp", "systolic_bp_mean", "diastolic_bp", "heart_rate", "bp_medication", "bp_dispensings")
BODY = ("bmi", "weight_slope", "height")
SUGAR = ("glucose", "glucose_mean", "hba1c", "diabetes", "diabetes_days", "diabetes_medication")
FATS = ("total_cholesterol", "hdl_cholesterol", "ldl_cholesterol", "triglycerides", "statin")
KIDNEY = ("creatinine", "urine_albumin_creatinine")
LIVER = ("alt", "platelets")
ILLNESSES = (
    "hypertension", "coronary_heart_disease", "stroke", "copd", "chronic_kidney_disease", "any_cancer",
)  # fmt: skip

# What the risk model of a disease and the screening model for it look at.
BEFORE_HYPERTENSION = (
    *PERSON, *CARE, *HABITS, *BODY, *SUGAR, *FATS, *KIDNEY,
    "systolic_bp", "systolic_bp_mean", "systolic_bp_highest", "systolic_bp_slope", "systolic_bp_days", "diastolic_bp",
    "diastolic_bp_mean", "heart_rate", "coronary_heart_disease", "stroke", "chronic_kidney_disease",
)  # fmt: skip
BEFORE_DIABETES = (
    *PERSON, *CARE, *HABITS, *PRESSURE, *BODY, *FATS, *KIDNEY, *LIVER, *ILLNESSES,
    "glucose", "glucose_mean", "glucose_highest", "glucose_slope", "glucose_days",
)  # fmt: skip
BEFORE_COPD = (
    *PERSON, *CARE, *HABITS, *BODY, "hypertension", "coronary_heart_disease", "stroke", "chronic_kidney_disease",
    "any_cancer", "inhaler", "fev1_fvc", "fev1_fvc_lowest",
)  # fmt: skip
RISING_PRESSURE: dict[str, Direction] = {
    "systolic_bp": "rises",
    "systolic_bp_mean": "rises",
    "systolic_bp_highest": "rises",
}

# Guidelines treat these as causal and monotone within the plausible range (ESC Guidelines on cardiovascular disease
# prevention, Visseren et al., Eur Heart J 2021;42:3227, section 3).
HEART: dict[str, Direction] = {
    "systolic_bp": "rises",
    "systolic_bp_mean": "rises",
    "current_smoker": "rises",
    "cigarettes_per_day": "rises",
    "diabetes": "rises",
}
# Smoking causes these cancers (IARC Monographs volume 100E, 2012).
SMOKE: dict[str, Direction] = {"current_smoker": "rises", "ever_smoker": "rises", "cigarettes_per_day": "rises"}

CANCER = (*PERSON, *CARE, *HABITS, *BODY, "diabetes", "family_history_cancer", "household_cancer")
