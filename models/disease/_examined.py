"""What models of people who come to one full examination share (see `features/sources/nhanes.py`).

Left out is whatever was asked in some waves of the survey only: that an answer is there tells the wave, and with the
wave how often the outcome was found. Of people examined once nothing about the course of a value can be known.
"""

from models.risk_model import Direction

WITHOUT_LABS = (
    "age", "female", "education_level", "income_poverty_ratio", "self_rated_health", "bmi", "waist_circumference",
    "waist_height_ratio", "height", "weight", "systolic_bp", "diastolic_bp",
)  # fmt: skip
FATS_AND_KIDNEY = (
    "total_cholesterol", "hdl_cholesterol", "ldl_cholesterol", "triglycerides", "cholesterol_ratio", "creatinine",
)  # fmt: skip
BLOOD = (
    "uric_acid", "ggt", "albumin", "alkaline_phosphatase", "urea", "bilirubin", "crp", "white_cells", "neutrophils",
    "lymphocytes", "monocytes", "eosinophils", "basophils", "red_cells", "red_cell_volume", "red_cell_width",
)  # fmt: skip

# Guidelines name these as causes or consistent marks of diabetes (ADA Standards of Care, section 2, table of criteria
# for testing adults: overweight, blood pressure, low HDL cholesterol, high triglycerides). Age is among them too, but
# at high ages it turns: who had diabetes was found before, or has died.
DIABETES: dict[str, Direction] = {
    "waist_circumference": "rises",
    "waist_height_ratio": "rises",
    "systolic_bp": "rises",
    "self_rated_health": "rises",
}
