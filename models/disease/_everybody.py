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
