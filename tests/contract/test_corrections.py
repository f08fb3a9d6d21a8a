"""One rule for a known key with other content, by whichever way it comes: what became known later counts."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pytest

from features.data_commands import data_build, data_fold, data_import_table
from features.history import history
from features.lake import open_lake
from features.push import push
from features.settings import settings
from features.sources import get_source
from features.store import build_store
from tests.conftest import use

SOURCE = "own"
MAPS = {
    "person": ("person_id", "gender_concept_id", "birth_date", "known_at"),
    "measurement": (
        "measurement_id", "person_id", "measurement_concept_id", "measurement_date", "value_as_number",
        "unit_source_value", "known_at",
    ),
}  # fmt: skip
PEOPLE = [[1, 8507, "1950-02-03", "2015-01-01"], [2, 8532, "1960-02-03", "2015-01-01"]]
FIRST, BEFORE, LATER = "2016-03-01", "2016-02-01", "2016-04-01"


def measured(value: float, known: str) -> list[object]:
    return [7, 1, 3004249, "2016-01-05", value, "mm[Hg]", known]


@pytest.fixture
def own(tmp_path: Path):
    """Give a test an imported source with two people and one blood pressure, 120 known on `FIRST`, built."""
    with use(tmp_path, SANZAO_SOURCE=SOURCE, SANZAO_THREADS="1"):
        by_import("person", PEOPLE)
        by_import("measurement", [measured(120, FIRST)])
        rebuild()
        yield tmp_path


def by_import(name: str, rows: list[list[object]]) -> dict[str, int]:
    """Import rows as a CSV file; return how many were kept, corrected and set aside."""
    folder = settings().state / "csv"
    folder.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows, columns=list(MAPS[name])).to_csv(folder / f"{name}.csv", index=False)
    (folder / f"{name}.toml").write_text("".join(f'{column} = "{column}"\n' for column in MAPS[name]))
    (answer,) = data_import_table(
        path=str(folder / f"{name}.csv"), contract=name, mapping=str(folder / f"{name}.toml"), source=SOURCE,
        as_of="2016-12-31", encoding=None, quiet=True,
    )  # fmt: skip
    return answer


def by_push(name: str, rows: list[list[object]]) -> dict[str, object]:
    pushed = push(SOURCE, {name: pd.DataFrame(rows, columns=list(MAPS[name]))})
    return {"kept": pushed.kept, "set_aside": len(pushed.findings), "findings": pushed.findings}


def rebuild() -> None:
    data_build(source=SOURCE, quiet=True)
    build_store(get_source(SOURCE))


def seen() -> tuple[list[float], list[float]]:
    """Return the pressures that count, and those that were superseded."""
    with open_lake(SOURCE) as lake:
        views = ("measurement", "superseded_measurement")
        current, older = (
            [value for (value,) in lake.execute(f"SELECT value_as_number FROM {view} ORDER BY known_at").fetchall()]
            for view in views
        )
    return current, older


def pressure_on(*days: str) -> list[float]:
    index = pd.DataFrame({"person_id": 1, "index_date": pd.to_datetime(list(days), utc=True)})
    return history(SOURCE, index, ["systolic_bp"])["systolic_bp"].fillna(-1).tolist()


WAYS = {"push": by_push, "import": by_import}


def send(way: str, rows: list[list[object]]) -> dict[str, object]:
    answer = WAYS[way]("measurement", rows)
    if way == "import":
        rebuild()
    return answer


@pytest.mark.parametrize("way", WAYS)
def test_what_became_known_later_counts_and_the_past_keeps_what_was_known_then(own, way):
    send(way, [measured(140, LATER)])
    assert seen() == ([140], [120])
    assert pressure_on("2016-02-20", FIRST, "2016-03-31", LATER, "2016-12-30") == [-1, 120, 120, 140, 140]
    send(way, [measured(140, LATER)])  # again: nothing changes
    assert seen() == ([140], [120])


@pytest.mark.parametrize("way", WAYS)
def test_what_was_known_earlier_does_not_cover_what_is_known_now(own, way):
    send(way, [measured(110, BEFORE)])
    assert seen() == ([120], [110])
    assert pressure_on("2016-02-20", FIRST, LATER) == [110, 120, 120]


@pytest.mark.parametrize("way", WAYS)
def test_two_contents_of_one_moment_are_refused(own, way):
    answer = send(way, [measured(140, FIRST)])
    assert (answer["kept"], answer["set_aside"]) == (0, 1)
    findings = answer["findings"]
    if isinstance(findings, str):
        findings = duckdb.read_parquet(findings).df()
    (finding,) = findings.to_dict("records")
    assert (finding["rule"], finding["value"]) == ("a record's number stands for one content", "7")
    assert "known_at" in finding["allowed"]
    assert "140" in finding["record"]
    assert seen() == ([120], [])


def test_push_and_import_and_fold_together_give_what_each_gives_alone(own):
    send("push", [measured(150, "2016-06-01")])
    send("import", [measured(140, LATER), measured(110, BEFORE)])  # the lake is built anew, with what was pushed
    assert seen() == ([150], [110, 120, 140])
    send("push", [measured(130, "2016-03-15")])
    days = (BEFORE, FIRST, "2016-03-15", LATER, "2016-06-01")
    for _ in range(2):
        assert seen() == ([150], [110, 120, 130, 140])
        assert pressure_on(*days) == [110, 120, 130, 140, 150]
        data_fold(source=SOURCE, quiet=True)
    rebuild()
    assert seen() == ([150], [110, 120, 130, 140])


def test_a_corrected_registration_shows_its_age_as_it_was_known(own):
    by_push("person", [[1, 8507, "1940-02-03", LATER]])
    index = pd.DataFrame({"person_id": 1, "index_date": pd.to_datetime(["2016-03-05", "2016-05-01"], utc=True)})
    for _ in range(3):
        assert history(SOURCE, index, ["age"])["age"].round().tolist() == [66, 76]
        data_fold(source=SOURCE, quiet=True)


def test_a_correction_that_breaks_the_contract_covers_nothing(own):
    assert send("push", [measured(1400, LATER)])["set_aside"] == 1
    assert send("import", [measured(1400, LATER)])["set_aside"] == 1
    assert seen() == ([120], [])
