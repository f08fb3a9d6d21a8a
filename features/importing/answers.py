"""Answers in words as numbers: what somebody said or a test showed, where the vocabulary asks for 0 or 1.

An OMOP row may hold its value as a concept or as text instead of a number. Of these, answers to the tobacco smoking
status (LOINC 72166-2) and plain yes or no, positive or negative, to whatever the vocabulary keeps as 0 or 1 have one
meaning, and become that number. Concepts are those of OHDSI Athena for the answers of LOINC (their LA codes stand
beside them) and for the qualifier values of SNOMED CT; texts are the names of these answers, and of the findings of
SNOMED CT that say the same. All other words stay words.
"""

from __future__ import annotations

from features.concepts import MEASUREMENTS
from features.contracts._casting import literal

SMOKING: dict[str, float] = {
    "45881517": 1, "current every day smoker": 1,  # LA18976-3
    "45884037": 1, "current some day smoker": 1,  # LA18977-1
    "45884038": 1, "current heavy tobacco smoker": 1, "heavy tobacco smoker": 1,  # LA18981-3
    "45878118": 1, "current light tobacco smoker": 1, "light tobacco smoker": 1,  # LA18982-1
    "45883458": 0, "former smoker": 0,  # LA15920-4
    "45879404": 0, "never smoker": 0,  # LA18978-9
    "smokes tobacco daily": 1, "occasional tobacco smoker": 1,  # SNOMED CT 449868002, 428041000124106
    "ex-smoker": 0, "never smoked tobacco": 0,  # SNOMED CT 8517006, 266919005
}  # fmt: skip
YES_OR_NO: dict[str, float] = {
    "45877994": 1, "yes": 1, "45878245": 0, "no": 0,  # LA33-6, LA32-8
    "4188539": 1, "4188540": 0,  # SNOMED CT 373066001, 373067005
    "45884084": 1, "positive": 1, "45878583": 0, "negative": 0,  # LA6576-8, LA6577-6
    "9191": 1, "9189": 0,  # SNOMED CT 10828004, 260385009
}  # fmt: skip


def answered_sql(concept: str) -> str:
    """Return SQL for value_as_number as text, told from the answer where there is no number.

    Other words stay as they are, so that the finding about them shows them.

    Parameters
    ----------
    concept
        SQL for what was asked. The answer is read off value_as_concept_id, value_as_string and value_source_value.
    """
    smoking = MEASUREMENTS["current_smoker"].concept_id
    plain = sorted(
        entry.concept_id
        for entry in MEASUREMENTS.values()
        if (entry.unit, entry.low, entry.high) == ("1", 0, 1) and entry.concept_id != smoking
    )
    words = "coalesce(nullif(trim(value_as_string), ''), nullif(trim(value_source_value), ''))"
    # SNOMED CT names end with what they are of, as in "Ex-smoker (finding)".
    text = f"regexp_replace(lower({words}), ' \\([a-z ]+\\)$', '')"
    asked = f"TRY_CAST({concept} AS BIGINT)"
    return f"""coalesce(nullif(trim(value_as_number), ''), CASE
        WHEN {asked} = {smoking} THEN {_told(SMOKING, text)}
        WHEN {asked} IN ({", ".join(map(str, plain))}) THEN {_told(YES_OR_NO, text)} END,
        CASE WHEN TRY_CAST({words} AS DOUBLE) IS NULL THEN {words} END)"""


def _told(answers: dict[str, float], text: str) -> str:
    whens = " ".join(f"WHEN {literal(answer)} THEN '{number:g}'" for answer, number in answers.items())
    return f"coalesce(CASE trim(value_as_concept_id) {whens} END, CASE {text} {whens} END)"
