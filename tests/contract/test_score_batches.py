"""Batches of POST /v1/score: lines of JSON and Arrow streams say what JSON says, or are refused whole."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest

from features.sources import get_source
from features.views import all_features
from serving.access.audit import newest_rows
from serving.sent_batches import ARROW, LINES, MOST_ROWS
from serving.service import Service
from tests.conftest import client_for, token_for

SOURCE = "framingham"
PERSON = {"age": 61, "female": 1, "current_smoker": 1, "systolic_bp": {"value": 150, "unit": "mmHg"}, "diabetes": 0}


@pytest.fixture(scope="module")
def service(built):
    from tests.conftest import use

    with use(built):
        yield Service(get_source(SOURCE))


@pytest.fixture(scope="module")
def api(service):
    return client_for(service)


@pytest.fixture(scope="module")
def people(service):
    """Residents, some of whom are too old, ill already or dead, so that models do not apply to them."""
    residents = service.population.residents
    dead = residents.index[residents["died_on"].notna()][:40]
    return [*residents.index[:160].tolist(), *dead.tolist()]


def send(api, media, body, **params):
    return api.post("/v1/score", content=body, headers={"content-type": media}, params=params)


def as_lines(documents):
    return b"".join(json.dumps(document).encode() + b"\n" for document in documents)


def stream(table, **options):
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table, max_chunksize=64)
    return sink.getvalue().to_pybytes()


def features_table(service, people):
    """Return every stored feature of residents, each field with its unit."""
    columns = service.features_of(people)
    fields = [pa.field(name, pa.float64(), metadata={"unit": all_features()[name].unit}) for name in columns]
    return pa.table([pa.array(column, from_pandas=True) for column in columns.values()], schema=pa.schema(fields))


def one_by_one(api, people):
    answer = api.post("/v1/score", json={"residents": people})
    assert answer.status_code == 200, answer.text
    return answer.json()


def is_refused(answer, status, says):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert says in answer.text


def test_lines_of_residents_say_what_json_says(api, people):
    answer = send(api, LINES, as_lines({"resident": person} for person in people))
    assert answer.headers["content-type"] == LINES
    lines = [json.loads(line) for line in answer.text.splitlines()]
    whole = one_by_one(api, people)
    assert [{"resident": line["resident"], "record": None, "risks": line["risks"]} for line in lines] == [
        {"resident": entry["resident"], "record": None, "risks": entry["risks"]} for entry in whole["results"]
    ]
    assert all(line["data_source"] == SOURCE and line["notice"] == whole["notice"] for line in lines)
    (row,) = newest_rows(SOURCE, 1)
    assert row["persons"] == len(people)


def test_lines_of_features_say_what_json_says(api):
    records = [{"features": PERSON | {"age": 40 + place % 30}} for place in range(50)]
    lines = [json.loads(line) for line in send(api, LINES, as_lines(records)).text.splitlines()]
    whole = api.post("/v1/score", json={"records": records}).json()["results"]
    assert [line["risks"] for line in lines] == [entry["risks"] for entry in whole]
    assert [line["record"] for line in lines] == list(range(50))


def rows_of(document):
    """Return the answers of a JSON document as the rows of the Arrow form."""
    for entry in document["results"]:
        for risk in entry["risks"]:
            yield {
                "model": risk["model"], "risk": risk["risk"], "tier": risk["tier"],
                "missing_count": risk["missing_count"],
                "reasons": [
                    {name: reason[name] for name in ("feature", "value", "odds_ratio")} for reason in risk["reasons"]
                ],
            }  # fmt: skip


def test_an_arrow_stream_of_residents_says_what_json_says(api, service, people):
    answer = send(api, ARROW, stream(pa.table({"resident": people})))
    assert answer.headers["content-type"] == ARROW
    table = pa.ipc.open_stream(answer.content).read_all()
    table.validate(full=True)
    models = list(service.snapshot.champions)
    assert table["resident"].to_pylist() == [person for person in people for _ in models]
    whole = one_by_one(api, people)
    rows = table.to_pylist()
    expected = list(rows_of(whole))
    assert [{name: row[name] for name in expected[0]} for row in rows] == expected
    why = [risk["not_applicable_because"] for entry in whole["results"] for risk in entry["risks"]]
    assert [row["not_applicable"] is None for row in rows] == [reason is None for reason in why]
    told = {row["not_applicable"] for row in rows}
    assert "died" in told
    assert any(word and word.startswith("has_condition: ") for word in told)
    assert table.schema.metadata[b"data_source"] == SOURCE.encode()
    assert "not for clinical use" in table.schema.metadata[b"notice"].decode()
    assert json.loads(table.schema.metadata[b"versions"]) == service.snapshot.versions


def test_an_arrow_stream_of_features_says_what_the_resident_gets(api, service, people):
    living = people[:160]
    answer = send(api, ARROW, stream(features_table(service, living)), models=["stroke_10y"], reasons=False)
    table = pa.ipc.open_stream(answer.content).read_all()
    whole = one_by_one(api, living)["results"]
    expected = {entry["resident"]: {risk["model"]: risk for risk in entry["risks"]}["stroke_10y"] for entry in whole}
    assert "reasons" not in table.column_names
    assert table["record"].to_pylist() == list(range(160))
    for person, row in zip(living, table.to_pylist(), strict=True):
        if expected[person]["applicable"]:
            assert row["risk"] == expected[person]["risk"]


def test_units_of_an_arrow_column_are_those_that_its_field_names(api):
    def ask(values, unit):
        field = pa.field("total_cholesterol", pa.float64(), metadata={"unit": unit} if unit else None)
        schema = pa.schema([pa.field("age", pa.int32()), pa.field("female", pa.bool_()), field])
        return send(api, ARROW, stream(pa.table([pa.array([61]), pa.array([True]), pa.array(values)], schema=schema)))

    same = [
        pa.ipc.open_stream(ask([value], unit).content).read_all()["risk"].to_pylist()
        for value, unit in ((4.65, "mmol/L"), (4.65 * 38.67, "mg/dL"))
    ]
    assert same[0] == pytest.approx(same[1], rel=1e-9)
    is_refused(ask([180.0], None), 422, "a unit: mmol/L or mg/dL")
    is_refused(ask([180.0], "furlong"), 422, "unit mmol/L or mg/dL")
    is_refused(ask([180.0], "mmol/L"), 422, "would be plausible in mg/dL")


def table_of(**columns):
    return stream(pa.table(columns))


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (b"", 422, "no Arrow IPC stream"),
        (b"ARROW1 rubbish", 422, "no Arrow IPC stream"),
        (table_of(age=[61.0], female=[1.0])[:200], 422, "no Arrow IPC stream"),
        (stream(pa.table({"age": [61.0], "female": [1.0]}), compression="zstd"), 422, "compressed"),
        (table_of(age=pa.array(["a"]).dictionary_encode()), 422, "dictionaries"),
        (table_of(age=["old"], female=["yes"]), 422, "numbers, null where missing"),
        (table_of(age=[61.0], femal=[1.0]), 422, "female"),
        (table_of(age=[61.0, 300.0], female=[1.0, 0.0]), 422, "column age, row 1"),
        (table_of(age=[61.0], female=[0.5]), 422, "whole number"),
        (table_of(age=[float("inf")], female=[1.0]), 422, "column age, row 0"),
        (table_of(age=[None, 61.0], female=[1.0, 1.0]), 422, "nobody can be scored without it"),
        (table_of(female=[1.0]), 422, "column age, row 0"),
        (table_of(age=pa.array([], pa.float64())), 422, "at least one row"),
        (table_of(resident=[1], age=[61.0]), 422, "send two batches"),
        (table_of(resident=[1.5]), 422, "whole numbers"),
        (table_of(resident=pa.array([1, None])), 422, "a resident in every row"),
        (table_of(resident=[999]), 404, "999"),
        (table_of(resident=np.zeros(MOST_ROWS + 1, dtype=np.int64)), 413, "in parts"),
    ],
)  # fmt: skip
def test_a_wrong_table_is_refused_whole(api, body, status, says):
    is_refused(send(api, ARROW, body), status, says)


@pytest.mark.parametrize(
    ("lines", "status", "says"),
    [
        (b"", 422, "at least one row"),
        (b"\n \n", 422, "at least one row"),
        (b'{"resident": 1}\n{', 422, "line 2"),
        (b'{"resident": 1, "features": {"age": 61}}', 422, "either resident or features"),
        (b"{}", 422, "either resident or features"),
        (b'{"resident": 1}\n{"features": {"age": 61, "female": 1}}', 422, "send two batches"),
        (b'{"features": {"age": 61, "female": 1}}\n{"features": {"age": 300, "female": 1}}', 422, "records[1]"),
        (b'{"features": {"age": null, "female": 1}}', 422, "nobody can be scored without it"),
        (b'{"features": {"age": 61, "female": 1}, "name": "x"}', 422, "name"),
        (b'{"resident": 999}', 404, "999"),
        (b'{"resident": "p-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}', 403, "by number"),
        (b"{}\n" * (MOST_ROWS + 1), 413, "in parts"),
        (b"\xff\xfe", 422, "line 1"),
    ],
)
def test_wrong_lines_are_refused_whole(api, lines, status, says):
    is_refused(send(api, LINES, lines), status, says)


def test_unknown_models_and_other_media_are_refused_before_anything_is_answered(api):
    is_refused(send(api, LINES, b'{"resident": 1}', models=["strok_10y"]), 404, "stroke_10y")
    is_refused(send(api, "text/csv", b"1"), 422, "Content-Type")
    is_refused(send(api, ARROW, b"x" * 1000, models=["strok_10y"]), 422, "Arrow")


def test_a_batch_larger_than_a_request_is_taken_and_one_larger_than_a_batch_is_not(api, monkeypatch, service):
    from features.settings import settings

    lines = as_lines({"features": PERSON} for _ in range(12_000))
    assert len(lines) > settings().body_bytes
    answer = send(api, LINES, lines, models=["stroke_10y"])
    assert answer.status_code == 200
    assert answer.text.count("\n") == 12_000
    assert api.post("/v1/score", content=lines, headers={"content-type": "application/json"}).status_code == 413
    is_refused(send(api, ARROW, b"x" * (settings().batch_bytes + 1)), 413, "SANZAO_BATCH_BYTES")


def test_apps_send_and_get_pseudonyms_and_others_nobody(service, people):
    from fastapi.testclient import TestClient

    from serving.access.accounts import add_account, find_account, make_api_key
    from serving.access.consent import give_consent

    if find_account(SOURCE, "batch-app") is None:
        add_account(SOURCE, "batch-app", "app")
    name = give_consent(SOURCE, "batch-app", people[0])
    app = client_for(service).app
    api = TestClient(app, headers={"X-API-Key": make_api_key(SOURCE, "batch-app")})
    table = pa.ipc.open_stream(send(api, ARROW, table_of(resident=[name])).content).read_all()
    assert set(table["resident"].to_pylist()) == {name}
    line = json.loads(send(api, LINES, as_lines([{"resident": name}])).text)
    assert line["resident"] == name
    assert send(api, ARROW, table_of(resident=[people[0]])).status_code == 403
    epidemiologist = TestClient(app, headers=token_for(SOURCE, "epidemiologist"))
    assert send(epidemiologist, ARROW, table_of(resident=[people[0]])).status_code == 403
    assert send(epidemiologist, LINES, as_lines([{"features": PERSON}])).status_code == 200
