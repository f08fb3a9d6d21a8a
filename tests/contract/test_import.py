"""A city's own data: everything read is kept, there already or set aside; nothing stops an import or comes twice."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
import zipfile
from pathlib import Path

import duckdb
import pytest

from features.lake import open_lake
from features.sources import get_source
from tests.conftest import PROJECT, SANZAO, environment, run, use
from training.landmarks import _index

SYNTHEA = PROJECT.parent / "shared/data/omop_synthea27nj/Synthea27NjParquet_5.4.zip"

PEOPLE = """person_id,gender_concept_id,year_of_birth,month_of_birth,day_of_birth,known
1,8507,1950,2,3,2015-01-01
2,8532,1960,,,2015-01-01
3,8521,1970,1,1,2015-01-01
"""
# Concepts: systolic pressure, total cholesterol, one that the vocabulary does not know.
HEADER = (
    "MEASUREMENT_ID,PERSON_ID,MEASUREMENT_CONCEPT_ID,MEASUREMENT_DATE,VALUE_AS_NUMBER,UNIT_CONCEPT_ID,UNIT_SOURCE_VALUE"
)
VALUES = """
1,1,3004249,2016-01-05,16,,kPa
2,1,3027114,2016-01-05,193.35,8840,
3,1,3027114,2016-01-05,5,,furlong
4,2,999999,2016-01-05,7,,{score}
5,9,3004249,2016-01-05,120,,mmHg
6,1,3004249,2016-02-30,120,,mmHg
7,1,3004249
"""


def told(result: subprocess.CompletedProcess[str]) -> dict[str, dict[str, object]]:
    assert result.returncode == 0, result.stderr
    return {row["table"]: row for row in json.loads(result.stdout)}


def counts(row: dict[str, object]) -> tuple[object, ...]:
    return tuple(row[name] for name in ("read", "kept", "already_there", "set_aside"))


@pytest.fixture
def cdm(tmp_path: Path) -> Path:
    folder = tmp_path / "cdm"
    folder.mkdir()
    (folder / "PERSON.csv").write_text(PEOPLE)
    (folder / "Measurement.csv").write_text(HEADER + VALUES)
    return folder


def test_omop_rows_are_converted_kept_or_set_aside_and_come_once(cdm, tmp_path):
    first = told(run(tmp_path, "data", "import", "omop", str(cdm), "--known-at", "known", "--json"))
    assert counts(first["person"]) == (3, 2, 0, 1)  # of sex unknown
    assert counts(first["measurement"]) == (7, 4, 0, 3)  # a furlong, 30 February, a short line
    findings = duckdb.read_parquet(first["measurement"]["findings"]).df().set_index(["column", "value"])
    assert "an import also converts mg/dL" in findings.loc[("value_as_number", "5.0"), "allowed"]
    assert findings.loc[("measurement_date", "2016-02-30"), "rule"] == "can be read as date"
    assert "fields" in findings.loc[("", "7,1,3004249"), "allowed"]
    again = told(run(tmp_path, "data", "import", "omop", str(cdm), "--known-at", "known", "--json"))
    assert counts(again["person"]) == (3, 0, 2, 1)
    assert counts(again["measurement"]) == (7, 0, 4, 3)

    built = told(run(tmp_path, "data", "build", "--source", "own", "--json"))
    assert built["measurement"]["rows"] == 3
    assert built["measurement"]["set_aside"] == 1  # belongs to nobody known
    with use(tmp_path), open_lake("own") as lake:
        rows = lake.execute("SELECT value_as_number, unit_source_value FROM measurement ORDER BY 1").fetchall()
        assert rows == [(pytest.approx(5.0), "mmol/L"), (7.0, "{score}"), (pytest.approx(120, abs=0.1), "mm[Hg]")]
        born = lake.execute("SELECT strftime(birth_date, '%Y-%m-%d') FROM person ORDER BY person_id").fetchall()
        assert born == [("1950-02-03",), ("1960-07-01",)]
        source = get_source("own")
        assert not source.synthetic
        assert source.as_of.date().isoformat() == "2016-01-06"
    checked = run(tmp_path, "data", "check", "--source", "own", "--json")
    assert checked.returncode == 0
    assert {row["where"] for row in json.loads(checked.stdout) if row["cells"]} == {"set aside"}


def test_the_same_tables_come_as_folder_zip_and_database(cdm, tmp_path):
    packed, database = tmp_path / "cdm.zip", tmp_path / "cdm.duckdb"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in cdm.iterdir():
            archive.write(path, f"inner/{path.name}")
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"CREATE TABLE Person AS FROM read_csv('{cdm}/PERSON.csv')")
    assert told(run(tmp_path, "data", "import", "omop", str(packed), "--json"))["person"]["kept"] == 2
    other = told(run(tmp_path, "data", "import", "omop", str(database), "--json", "--source", "other"))
    assert other["person"]["kept"] == 2
    refused = run(tmp_path, "data", "import", "omop", str(cdm), "--source", "city")
    assert refused.returncode == 2
    assert "Give another" in refused.stderr


MAPPING = """
person_id = "编号"
gender_concept_id = {column = "性别", values = {"男" = 8507, "女" = 8532}}
birth_date = {column = "出生", format = "%Y/%m/%d"}
known_at = {constant = "2020-01-01"}
"""


def table(root: Path, *more: str) -> subprocess.CompletedProcess[str]:
    words = (str(root / "people.csv"), "--contract", "person", "--map", str(root / "map.toml"), "--json")
    return run(root, "data", "import", "table", *words, *more)


def test_a_table_comes_in_by_its_mapping_and_a_correction_wins(tmp_path):
    (tmp_path / "map.toml").write_text(MAPPING)
    lines = "编号,性别,出生\n1,男,1950/2/3\n2,女,1960/12/31\n3,女,31.12.1960\n4,男\n".encode()
    (tmp_path / "people.csv").write_bytes(lines + b"5,\xff\xfe,1950/1/1\n")
    neither = table(tmp_path)
    assert neither.returncode == 2
    assert "neither UTF-8 (line 6 is not) nor GB18030" in neither.stderr
    first = told(table(tmp_path, "--encoding", "utf-8"))["person"]
    assert counts(first) == (5, 2, 0, 3)
    assert set(duckdb.read_parquet(first["findings"]).df()["rule"]) == {
        "can be read as date",
        "line can be taken apart",
    }
    (tmp_path / "people.csv").write_text("编号,性别,出生\n1,男,1950/2/3\n2,女,1961/12/31\n")
    # Known at the same moment it contradicts, known later it corrects.
    contradicting = told(table(tmp_path))["person"]
    assert counts(contradicting) == (2, 0, 1, 1)
    (finding,) = duckdb.read_parquet(contradicting["findings"]).df().to_dict("records")
    assert (finding["rule"], finding["row"], finding["value"]) == ("a record's number stands for one content", 1, "2")
    assert "another known_at" in finding["allowed"]
    (tmp_path / "map.toml").write_text(MAPPING.replace("2020-01-01", "2020-06-01"))
    (tmp_path / "people.csv").write_text("编号,性别,出生\n2,女,1961/12/31\n")
    second = told(table(tmp_path))["person"]
    assert counts(second) == (1, 1, 0, 0)
    assert second["corrected"] == 1
    assert told(run(tmp_path, "data", "build", "--source", "own", "--json"))["person"]["rows"] == 2
    with use(tmp_path), open_lake("own") as lake:
        assert lake.execute("SELECT year(birth_date) FROM person ORDER BY person_id").fetchall() == [(1950,), (1961,)]


@pytest.mark.parametrize("encoding", ["gb18030", "gbk", "utf-8-sig", "utf-16"])
def test_chinese_text_comes_in_however_it_is_coded(tmp_path, encoding):
    (tmp_path / "map.toml").write_text(MAPPING)
    (tmp_path / "people.csv").write_bytes("编号,性别,出生\r\n1,男,1950/2/3\r\n2,女,1960/12/31\r\n".encode(encoding))
    answer = told(table(tmp_path))["person"]
    assert counts(answer) == (2, 2, 0, 0)
    assert answer["encoding"] == encoding.removesuffix("-sig").replace("gbk", "gb18030")


def test_an_encoding_that_there_is_not_is_refused(tmp_path):
    (tmp_path / "map.toml").write_text(MAPPING)
    (tmp_path / "people.csv").write_text("编号,性别,出生\n1,男,1950/2/3\n")
    result = table(tmp_path, "--encoding", "gb1803")
    assert result.returncode == 2
    assert "Did you mean 'gb18030'" in result.stderr


COLUMNS = "observation_id,person_id,observation_concept_id,observation_date,value_as_number,value_as_string"
OBSERVATIONS = """,value_as_concept_id
1,1,43054909,2015-05-01,,,45881517
2,1,43054909,2016-05-01,,Ex-smoker (finding),0
3,2,43054909,2016-05-01,1,Never smoker,45879404
4,2,43054909,2016-06-01,,Smoker in the family,0
5,2,2000000016,2016-06-01,,yes,
6,2,4053118,2016-06-01,,Full-time employment,0
"""


def test_answers_in_words_become_numbers_where_they_have_one_meaning(cdm, tmp_path):
    (cdm / "observation.csv").write_text(COLUMNS + OBSERVATIONS)
    answer = told(run(tmp_path, "data", "import", "omop", str(cdm), "--known-at", "known", "--json"))["observation"]
    assert counts(answer) == (6, 4, 0, 2)
    findings = duckdb.read_parquet(answer["findings"]).df().set_index("column").loc[["value_as_number"]]
    assert findings["value"].tolist() == ["Smoker in the family", "Full-time employment"]
    assert set(findings["rule"]) == {"can be read as float64"}
    told(run(tmp_path, "data", "build", "--source", "own", "--json"))
    with use(tmp_path), open_lake("own") as lake:
        rows = lake.execute("SELECT observation_id, value_as_number FROM observation ORDER BY 1").fetchall()
    assert rows == [(1, 1.0), (2, 0.0), (3, 1.0), (5, 1.0)]  # a number that was given is kept as it is


PERIODS = """person_id,observation_period_start_date,observation_period_end_date
1,2003-01-01,2012-06-30
1,2003-01-01,2020-12-31
2,2005-01-01,2020-12-31
"""


def test_an_imported_city_has_the_index_dates_of_the_simulated_one(cdm, tmp_path):
    words = ("data", "import", "omop", str(cdm), "--known-at", "known", "--json", "--as-of", "2021-01-01")
    told(run(tmp_path, *words))
    with use(tmp_path):
        assert get_source("own").landmarks == ()  # nobody is known to be under observation
    (cdm / "observation_period.csv").write_text(PERIODS)
    periods = told(run(tmp_path, *words))["observation_period"]
    assert (counts(periods), periods["superseded"]) == ((3, 2, 0, 0), 1)
    told(run(tmp_path, "data", "build", "--source", "own", "--json"))
    with use(tmp_path):
        source = get_source("own")
        assert [day.date().isoformat() for day in source.landmarks] == ["2011-01-01", "2016-01-01"]
        assert source.temporal_split == (source.landmarks[1], source.landmarks[1])
        index = _index(source)
    # Everybody who is known by then: not those alone whose blood pressure somebody took.
    assert index[["person_id", "days_to_end"]].to_numpy().tolist() == [[1, 1826], [2, 1826]]


def test_a_wrong_mapping_is_told_whole_with_close_matches(tmp_path):
    (tmp_path / "people.csv").write_text("id,sex\n1,m\n")
    (tmp_path / "map.toml").write_text('person = "id"\ngender_concept_id = {column = "sexx", value = {m = 8507}}\n')
    result = table(tmp_path)
    assert result.returncode == 2
    for words in ("person_id", "Did you mean 'sex'?", "Did you mean 'values'?", "birth_date"):
        assert words in result.stderr
    unknown = run(tmp_path, "data", "import", "table", "people.csv", "--contract", "persons", "--map", "map.toml")
    assert "Did you mean 'person'" in unknown.stderr


def test_an_import_that_is_killed_is_resumed(tmp_path):
    folder = tmp_path / "cdm"
    folder.mkdir()
    duckdb.execute(f"""COPY (SELECT i AS person_id, 8507 AS gender_concept_id, 1950 AS year_of_birth
        FROM range(1, 20001) AS t(i)) TO '{folder}/person.parquet'""")
    duckdb.execute(f"""COPY (SELECT i AS measurement_id, 1 + i % 20000 AS person_id, 3004249 AS measurement_concept_id,
        DATE '2020-01-01' AS measurement_date, 120 AS value_as_number, 'mm[Hg]' AS unit_source_value
        FROM range(1, 200001) AS t(i)) TO '{folder}/measurement.parquet'""")
    words = [SANZAO, "data", "import", "omop", str(folder), "--json"]
    start = time.monotonic()
    assert told(run(tmp_path / "whole", *map(str, words[1:])))["measurement"]["kept"] == 200_000
    duration = time.monotonic() - start
    killed = 0
    for share in (0.35, 0.6, 0.85):
        process = subprocess.Popen(
            words, env=environment(tmp_path), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(duration * share)
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
    assert killed >= 2
    rest = told(run(tmp_path, *map(str, words[1:])))
    assert rest["measurement"]["kept"] + rest["measurement"]["already_there"] == 200_000
    built = told(run(tmp_path, "data", "build", "--source", "own", "--json"))
    assert (built["person"]["rows"], built["measurement"]["rows"]) == (20_000, 200_000)
    assert not (tmp_path / "var/own/importing").exists()


@pytest.mark.skipif(not SYNTHEA.exists(), reason="needs ../shared/data/omop_synthea27nj")
def test_a_published_omop_database_comes_in(tmp_path):
    answer = told(run(tmp_path, "data", "import", "omop", str(SYNTHEA), "--json"))
    assert counts(answer["person"]) == (28, 28, 0, 0)
    assert answer["measurement"]["read"] == 10_040
    assert answer["measurement"]["kept"] > 8_900  # what carries no number, or none that can be true, is set aside
    for row in answer.values():
        assert row["read"] == row["kept"] + row["superseded"] + row["already_there"] + row["set_aside"]
    assert told(run(tmp_path, "data", "build", "--source", "own", "--json"))["condition_occurrence"]["rows"] == 470


def test_a_lake_that_was_tampered_with_is_told(tmp_path, cdm):
    told(run(tmp_path, "data", "import", "omop", str(cdm), "--json"))
    told(run(tmp_path, "data", "build", "--source", "own", "--json"))
    part = tmp_path / "var/own/lake/measurement/bucket=0/part-0.parquet"
    spoilt = tmp_path / "spoilt.parquet"
    duckdb.execute(f"COPY (SELECT * REPLACE (value_as_number + 9999 AS value_as_number) FROM '{part}') TO '{spoilt}'")
    shutil.move(spoilt, part)
    result = run(tmp_path, "data", "check", "--source", "own", "--json")
    assert result.returncode == 1
    assert [row["table"] for row in json.loads(result.stdout) if not row["ok"]] == ["measurement"]
