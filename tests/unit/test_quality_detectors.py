"""Each detector on a small table made by hand, whose wrong cell is known."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from features.contracts import contracts
from features.errors import InvalidInputError, NotReadyError
from models.quality import CellTable, combine, detectors, examine
from models.quality.pattern import build
from models.quality.sources import discover, roles


def find(name, columns, contract=None):
    table = CellTable.of(columns)
    return table, detectors()[name].find(table, contract)


def flagged(evidence):
    return {(int(row), int(column)) for row, column in np.argwhere(np.nan_to_num(evidence.score) > 0.5)}


def suggested(table, evidence, row, column):
    return table.columns[column].values[evidence.suggestion[row, column]]


CITIES = ["Wenling", "Linhai", "Yuhuan", "Tiantai"]


def test_registry_finds_every_detector_by_folder():
    names = {"contract", "dependency", "improbable", "missing", "outlier", "pattern", "repeated", "sources"}
    names |= {"spelling"}
    assert set(detectors()) == names
    assert all(detector.title and detector.title_zh for detector in detectors().values())


def test_a_dependency_finds_the_cell_that_strays_and_says_why():
    city = np.repeat(CITIES, 6).tolist()
    code = np.repeat(["317500", "317000", "317600", "317200"], 6).tolist()
    code[3] = "317000"
    table, evidence = find("dependency", {"city": city, "code": code})
    assert (3, 1) in flagged(evidence)
    assert suggested(table, evidence, 3, 1) == "317500"
    assert "city Wenling usually goes with code 317500 (5 of 6 rows)" in evidence.reason(3, 1).text
    assert "317500" in evidence.reason(3, 1).text_zh


def test_columns_that_have_nothing_to_do_with_each_other_make_no_dependency():
    rng = np.random.default_rng(1)
    columns = {name: rng.choice(list("abcdef"), 300).tolist() for name in ("one", "two", "three")}
    assert find("dependency", columns)[1] is None


def test_a_misspelling_is_found_where_neighbours_are_rare_and_not_among_codes():
    words = ["hypertension"] * 20 + ["diabetes"] * 20 + ["hypertensoin", "diabtes", "gout"]
    table, evidence = find("spelling", {"diagnosis": words})
    assert flagged(evidence) == {(40, 0), (41, 0)}
    assert suggested(table, evidence, 41, 0) == "diabetes"
    codes = [f"I{number}" for number in range(10, 20) for _ in range(12)] + ["I20", "I21"]
    assert flagged(find("spelling", {"code": codes})[1]) == set()


def test_a_format_that_is_rare_is_found_and_free_text_is_left_alone():
    assert build("AA-3859 b") == "a-9 a"
    assert build("St. Mary's") == build("Cuba")
    values = [f"{hour}:{minute}" for hour in range(10, 20) for minute in range(10, 20)] + ["12/02/2011 6:55"]
    assert flagged(find("pattern", {"time": values})[1]) == {(100, 0)}
    rng = np.random.default_rng(2)
    text = ["".join(rng.choice(list("ab1 ,.;(-"), 12)) for _ in range(200)]
    assert find("pattern", {"note": text})[1] is None


def test_a_blank_is_suspected_where_the_column_is_nearly_full_only():
    rare = ["x"] * 99 + [""]
    often = ["x"] * 50 + [""] * 50
    spelt = ["x"] * 99 + ["unknown"]
    assert flagged(find("missing", {"a": rare, "b": often, "c": spelt})[1]) == {(99, 0)}


def test_an_outlier_is_held_against_its_group():
    rng = np.random.default_rng(3)
    kind = ["glucose", "creatinine"] * 100
    value = [round(float(rng.normal(5.5, 0.4) if one == "glucose" else rng.normal(80, 6)), 2) for one in kind]
    value[10] = 79.5  # usual among creatinine, not among glucose
    _, evidence = find("outlier", {"kind": kind, "value": value})
    assert flagged(evidence) == {(10, 1)}
    assert "where kind is glucose" in evidence.reason(10, 1).text


def test_several_sources_are_told_apart_by_how_far_they_can_be_trusted():
    """Three liars who agree more often than not against two sources that are always right elsewhere."""
    rng = np.random.default_rng(4)
    rows = []
    for thing in range(40):
        truth = f"{rng.integers(1, 13)}:{rng.integers(10, 60)}"
        for source in range(7):
            right = source < 4 or rng.random() < 0.4
            told = truth if right else f"{rng.integers(1, 13)}:{rng.integers(10, 60)}"
            rows.append((f"T{thing}", f"S{source}", told, truth))
    frame = pd.DataFrame(rows, columns=["flight", "site", "departs", "truth"]).sample(frac=1, random_state=1)
    table = CellTable.of_frame(frame.drop(columns="truth"))
    found = roles(table)
    assert (found.thing, found.source, found.described) == (0, 1, (2,))
    accuracy = dict(zip(table.columns[1].values, discover(table, found)[1][2], strict=True))
    assert min(accuracy[f"S{n}"] for n in range(4)) > max(accuracy[f"S{n}"] for n in range(4, 7))
    wrong = (frame["departs"] != frame["truth"]).to_numpy()
    evidence = detectors()["sources"].find(table, None)
    assert (evidence.score[:, 2] > 0.5).tolist() == wrong.tolist()
    row = int(np.flatnonzero(wrong)[0])
    assert suggested(table, evidence, row, 2) == frame["truth"].iloc[row]


def test_a_value_that_does_not_go_with_its_row_is_the_least_probable():
    rng = np.random.default_rng(5)
    sex = rng.choice(["man", "woman"], 400)
    relation = np.where(sex == "man", "husband", "wife")
    other = rng.choice(["single", "none"], 400)
    relation = np.where(rng.random(400) < 0.4, other, relation)
    row = int(np.flatnonzero(relation == "wife")[0])
    relation[row] = "husband"
    work = rng.choice(list("abc"), 400)
    _, evidence = find("improbable", {"sex": sex.tolist(), "relation": relation.tolist(), "work": work.tolist()})
    assert int(np.argmax(evidence.score[:, 1])) == row
    assert "hardly goes" in evidence.reason(row, 1).text


def test_a_contract_speaks_only_where_there_is_one():
    rows = {
        "person_id": ["1", "2", "x"],
        "death_date": ["2020-01-01", "not a day", "2021-05-03"],
        "known_at": ["2020-01-02"] * 3,
    }
    assert find("contract", rows)[1] is None
    _, evidence = find("contract", rows, contracts()["death"])
    assert {(2, 0), (1, 1)} <= flagged(evidence)
    assert (0, 1) not in flagged(evidence)
    assert "cannot be read as date" in evidence.reason(1, 1).text


def test_a_row_written_twice_has_a_wrong_number():
    rng = np.random.default_rng(6)
    columns = {name: rng.integers(0, 1000, 60).astype(str).tolist() for name in ("a", "b", "c")}
    columns["number"] = [str(number) for number in range(60)]
    for name in ("a", "b", "c"):
        columns[name][40] = columns[name][7]
    _, evidence = find("repeated", columns)
    assert flagged(evidence) == {(40, 3)}
    assert "number 7" in evidence.reason(40, 3).text
    for name in ("a", "b", "c"):
        columns[name] = ["x", "y"] * 30  # a table in which nothing else is ever different
    assert find("repeated", columns)[1] is None


def test_joined_chances_are_chances_and_follow_the_checking_detectors():
    city = np.repeat(CITIES, 10).tolist()
    code = np.repeat(["317500", "317000", "317600", "317200"], 10).tolist()
    code[3] = "31750O"
    table = CellTable.of({"city": city, "code": code})
    chance = combine(examine(table), table.shape)
    assert ((chance > 0) & (chance < 1)).all()
    assert np.unravel_index(np.argmax(chance), chance.shape) == (3, 1)
    assert (chance > 0.5).sum() == 1


@pytest.mark.parametrize(
    "columns",
    [
        {"a": [None]},
        {"a": ["x"]},
        {"a": [""] * 30, "b": [1.5] * 30},
        {"a": [float("nan"), None] * 20, "b": [float("inf"), -1.0] * 20, "c": [True, False] * 20},
        {"a": [str(number) for number in range(50)], "b": ["\n", "\x00"] * 25},
        {f"c{number}": [number, None, "z"] * 40 for number in range(12)},
    ],
)
def test_odd_tables_are_looked_through_without_complaint(columns):
    table = CellTable.of(columns)
    chance = combine(examine(table), table.shape)
    assert np.isfinite(chance).all()


def test_a_table_without_cells_or_with_uneven_columns_is_refused():
    for columns in ({}, {"a": []}, {"a": ["x"], "b": []}):
        with pytest.raises(InvalidInputError):
            CellTable.of(columns)


def test_tables_with_known_mistakes_are_read_and_their_absence_is_explained(tmp_path, monkeypatch):
    from features.settings import settings
    from features.table_pairs import table_pairs

    monkeypatch.setenv("SANZAO_QUALITY", str(tmp_path))
    settings.cache_clear()
    try:
        with pytest.raises(NotReadyError, match="SANZAO_QUALITY"):
            table_pairs()
        (tmp_path / "one").mkdir()
        (tmp_path / "one" / "dirty.csv").write_text("a,b\n1,\n2,NA\n")
        (tmp_path / "one" / "clean.csv").write_text("a,b\n1,x\n2,NA\n")
        (pair,) = table_pairs()
        assert json.dumps(pair.wrong.tolist()) == "[[false, true], [false, false]]"
        (tmp_path / "one" / "clean.csv").write_text("a,b\n1,x\n")
        with pytest.raises(InvalidInputError, match="same columns and rows"):
            table_pairs()
    finally:
        monkeypatch.undo()
        settings.cache_clear()
