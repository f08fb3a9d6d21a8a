"""Data quality of a month: what came in, how late, and what broke its contract and was set aside."""

from __future__ import annotations

from typing import Any

from features.contracts import contracts
from features.contracts._casting import literal
from features.lake import open_lake
from features.lake.building import FINDINGS
from features.lake.reading import connect, lake_path
from features.sources import Source
from models.disclosure import safe_count
from training.bulletin.months import Month

DAYS: dict[str, str] = {
    "condition_occurrence": "condition_start_date",
    "measurement": "measurement_date",
    "observation": "observation_date",
    "drug_exposure": "drug_exposure_start_date",
    "visit_occurrence": "visit_start_date",
    "procedure_occurrence": "procedure_date",
    "screening_invitation": "invitation_date",
    "death": "death_date",
}
"""The day on which what a record tells of happened, by table."""
RULES = 8  # most of the broken rules that are listed


def quality(source: Source, month: Month) -> dict[str, Any]:
    """Return what came in during a month.

    Returns
    -------
    dict
        `tables`: records that became known in the month, by table, with the median and the ninth decile of the days
        since what they tell of, and how many of that month were set aside; `rules`: the rules that most of those set
        aside broke. Counts are under disclosure control, because a record tells of a person.

    Raises
    ------
    NotReadyError
        If the lake has not been built.
    """
    inside = f"known_at >= DATE '{month.first.isoformat()}' AND known_at < DATE '{month.after.isoformat()}'"
    aside, rules = _set_aside(source, inside)
    tables = []
    with open_lake(source.name) as lake:
        for name, day in DAYS.items():
            came, median, late = lake.execute(f"""
                SELECT count(*), quantile_disc(delay, 0.5), quantile_disc(delay, 0.9) FROM (
                    SELECT datediff('day', {day}, known_at) AS delay FROM {name} WHERE {inside}
                )
            """).fetchone() or (0, None, None)
            shown = safe_count(came)
            told = bool(shown)
            tables.append({
                "table": name, "meaning": contracts()[name].meaning, "records": shown,
                "median_days": median if told else None, "late_days": late if told else None,
                "set_aside": safe_count(aside.get(name, 0)),
            })  # fmt: skip
    return {"tables": [row for row in tables if row["records"] != 0 or row["set_aside"] != 0], "rules": rules}


def _set_aside(source: Source, inside: str) -> tuple[dict[str, int], list[dict[str, Any]]]:
    """Return records set aside by table, and by table, column and rule the most frequent ones."""
    file = lake_path(source.name) / FINDINGS
    if not file.is_file():
        return {}, []
    moment = "try_cast(json_extract_string(record, '$.known_at') AS TIMESTAMPTZ)"
    rows = f"SELECT *, {moment} AS known_at FROM read_parquet({literal(str(file))})"
    found = f'SELECT "table", "column", rule, record FROM ({rows}) WHERE {inside}'
    order = "ORDER BY n DESC, 1, 2, 3"
    with connect() as connection:
        tables = connection.execute(f'SELECT "table", count(DISTINCT record) FROM ({found}) GROUP BY ALL').fetchall()
        rules = connection.execute(f"""
            SELECT "table", "column", rule, count(*) AS n FROM ({found}) GROUP BY ALL {order} LIMIT {RULES}
        """).fetchall()
    listed = [
        {"table": table, "column": column, "rule": rule, "records": safe_count(n)} for table, column, rule, n in rules
    ]
    return {name: int(n) for name, n in tables}, [row for row in listed if row["records"] is not None]
