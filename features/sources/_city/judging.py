"""What is true of the residents, for judging models and for nothing else: no feature and no training may ask."""

from __future__ import annotations

from datetime import datetime

import duckdb
import numpy as np
import pandas as pd

from features.contracts._casting import literal
from features.sources._city.build import truth_path

# Outcomes that are made of several diseases: whoever gets any of them has the outcome.
PARTS = {"cardiovascular_disease": ("coronary_heart_disease", "stroke")}


def true_risks(outcome: str, at: datetime) -> pd.DataFrame:
    """Return the true five-year risk of everybody who is without the diagnosis on the landmark `at`.

    Returns
    -------
    pandas.DataFrame
        person_id int64; risk float64, probability 0..1 of a diagnosis (of death) within five years, given everything
        that is true of the person on that day, the disease that nobody has found yet included; present float64, 1
        where that disease is there, else 0. Empty where the truth was not written for this outcome or day.
    """
    parts = PARTS.get(outcome, (outcome,))
    with duckdb.connect() as truth:
        risks = truth.execute(
            f"""
            SELECT person_id, 1 - product(1 - risk_diagnosis) AS risk
            FROM read_parquet({literal(f"{truth_path()}/risk/*/*.parquet")})
            WHERE list_contains($parts, outcome::VARCHAR) AND landmark = $day
            GROUP BY person_id HAVING count(*) = len($parts) ORDER BY person_id
            """,
            {"parts": list(parts), "day": at.date()},
        ).df()
        hidden = truth.execute(
            f"""
            SELECT DISTINCT person_id FROM read_parquet({literal(f"{truth_path()}/latent/*/*.parquet")})
            WHERE list_contains($parts, disease::VARCHAR) AND onset_date <= $day
                AND (diagnosis_date IS NULL OR diagnosis_date > $day)
            """,
            {"parts": list(parts), "day": at.date()},
        ).df()
    risks["present"] = np.isin(risks["person_id"], hidden["person_id"]).astype(np.float64)
    return risks
