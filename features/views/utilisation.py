"""Utilisation: how often and how recently the resident met the health system."""

from features.feature import View
from features.taking import FIVE_YEARS, YEAR, days_with, time_since

VIEW = View(
    name="utilisation",
    description="Visits to clinics and hospitals, and health check-ups.",
    features=(
        days_with("clinic_visits", "clinic visits", "门诊次数", "visit.clinic", window=YEAR),
        days_with("hospital_stays", "hospital stays", "住院次数", "visit.hospital", window=YEAR),
        days_with("hospital_stays_5y", "hospital stays", "住院次数", "visit.hospital", window=FIVE_YEARS),
        days_with("checkups", "health check-ups", "体检次数", "visit.checkup", window=FIVE_YEARS),
        time_since("visit_days", "the last visit", "最近一次就诊", "visit.any"),
        time_since("checkup_days", "the last health check-up", "最近一次体检", "visit.checkup"),
    ),
)
