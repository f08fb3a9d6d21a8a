"""The Open Inference Protocol, asked by a public client that knows nothing of us."""

from __future__ import annotations

import json
import socket
import threading
import time

import numpy as np
import pytest
import tritonclient.http as triton
import uvicorn
from tritonclient.utils import InferenceServerException

from features.errors import InvalidInputError
from features.sources import get_source
from models.bundle import InputFeature
from models.event_bundle import OUTPUTS, EventBundle, Head
from models.event_model import event_models
from models.tables import Curve, TableForm
from serving.champions import EventChampion, Snapshot
from serving.service import Service
from serving.tensor_models import tensor_model
from tests.conftest import client_for, token_for, use

SOURCE, MODEL = "framingham", "stroke_10y"


@pytest.fixture(scope="module")
def service(built):
    with use(built):
        yield Service(get_source(SOURCE))


@pytest.fixture(scope="module")
def address(service):
    """Give the address of a real server, since the client speaks over a socket."""
    app = client_for(service).app
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]})
        thread.start()
        while not server.started:
            time.sleep(0.05)
        try:
            yield f"127.0.0.1:{taken.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def client(address):
    with triton.InferenceServerClient(address, connection_timeout=60, network_timeout=60) as made:
        yield made


@pytest.fixture(scope="module")
def people(service):
    return service.population.residents.index[:300].tolist()


def as_inputs(columns, *, binary):
    inputs = []
    for name, values in columns.items():
        tensor = triton.InferInput(name, list(values.shape), "FP64")
        tensor.set_data_from_numpy(np.ascontiguousarray(values), binary_data=binary)
        inputs.append(tensor)
    return inputs


def test_a_public_client_finds_its_way(client):
    headers = token_for(SOURCE, "engineer")
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.get_server_metadata(headers)["name"] == "sanzao"
    assert client.is_model_ready(MODEL, headers=headers)
    assert client.is_model_ready(MODEL, "1", headers=headers)
    assert not client.is_model_ready("no_such_model", headers=headers)
    told = client.get_model_metadata(MODEL, headers=headers)
    assert told["name"] == MODEL
    assert told["versions"] == ["1"]
    inputs = {entry["name"]: entry for entry in told["inputs"]}
    assert inputs["systolic_bp"]["parameters"]["unit"] == "mm[Hg]"
    assert {"age", "female", "stroke"} <= set(inputs)  # what the cohort rule asks for as well
    assert [entry["name"] for entry in told["outputs"]] == ["risk"]
    assert told["parameters"]["data_source"] == SOURCE


@pytest.mark.parametrize("binary_in", [True, False])
@pytest.mark.parametrize("binary_out", [True, False])
def test_it_gets_the_risks_that_the_api_gives(client, service, people, binary_in, binary_out):
    headers = token_for(SOURCE, "engineer")
    columns = service.features_of(people)
    wanted = [entry["name"] for entry in client.get_model_metadata(MODEL, headers=headers)["inputs"]]
    inputs = as_inputs({name: columns[name] for name in wanted}, binary=binary_in)
    outputs = None if binary_out else [triton.InferRequestedOutput("risk", binary_data=False)]
    answer = client.infer(MODEL, inputs, outputs=outputs, request_id="seven", headers=dict(headers))
    risks = answer.as_numpy("risk")
    found = service.answers_for(columns, [MODEL])
    applies = found.obstacle[:, 0] == 0
    assert 0 < applies.sum() < len(people)
    assert np.isnan(columns["glucose"]).any()
    np.testing.assert_array_equal(risks[applies], found.risk[applies, 0])
    assert np.isnan(risks[~applies]).all()
    told = answer.get_response()
    assert (told["id"], told["model_name"], told["model_version"]) == ("seven", MODEL, "1")
    assert told["parameters"]["synthetic"] is False


def test_a_refusal_is_one_that_the_client_can_read(client, people):
    columns = {"age": np.array([300.0]), "female": np.array([1.0])}
    with pytest.raises(InferenceServerException, match=r"age\[0\].*18 to 120") as told:
        client.infer(MODEL, as_inputs(columns, binary=True), headers=token_for(SOURCE, "engineer"))
    assert told.value.status() == "422"
    columns["age"] = np.array([61.0])
    for headers, status in (({}, "401"), (token_for(SOURCE, "leader"), "403"), (token_for(SOURCE, "steward"), "403")):
        with pytest.raises(InferenceServerException) as told:
            client.infer(MODEL, as_inputs(columns, binary=True), headers=dict(headers))
        assert told.value.status() == status
    engineer = token_for(SOURCE, "engineer")
    with pytest.raises(InferenceServerException, match=MODEL):
        client.infer("stroke_10", as_inputs(columns, binary=True), headers=dict(engineer))
    with pytest.raises(InferenceServerException, match="Version 9"):
        client.infer(MODEL, as_inputs(columns, binary=True), model_version="9", headers=dict(engineer))
    with pytest.raises(InferenceServerException, match="no output 'death'"):
        client.infer(
            MODEL, as_inputs(columns, binary=True), outputs=[triton.InferRequestedOutput("death")],
            headers=dict(engineer),
        )  # fmt: skip


def asks(api, body, **headers):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return api.post(f"/v2/models/{MODEL}/infer", content=content, headers=headers)


def tensor(name="age", **more):
    return {"name": name, "shape": [1], "datatype": "FP64", "data": [61]} | more


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{", "not JSON"),
        (b"\xff\x00", "not JSON"),
        ([], "not a JSON object"),
        ({}, "`inputs`"),
        ({"inputs": []}, "`inputs`"),
        ({"inputs": {"age": 61}}, "`inputs`"),
        ({"inputs": ["age"]}, "`name`"),
        ({"inputs": [tensor(datatype="BYTES")]}, "datatype"),
        ({"inputs": [tensor(datatype=["FP64"])]}, "datatype"),
        ({"inputs": [tensor(shape=[2])]}, "list of 2 numbers"),
        ({"inputs": [tensor(shape=[1, 2], data=[1, 2])]}, "shape"),
        ({"inputs": [tensor(shape=[10**9], data=[1])]}, "shape"),
        ({"inputs": [tensor(shape=[True])]}, "shape"),
        ({"inputs": [tensor(shape="1")]}, "shape"),
        ({"inputs": [tensor(data=["61"])]}, "numbers"),
        ({"inputs": [tensor(data=61)]}, "list of 1 numbers"),
        ({"inputs": [tensor(data={"0": 61})]}, "list of 1 numbers"),
        ({"inputs": [tensor(data=[10**400])]}, "float64"),
        ({"inputs": [tensor(), tensor()]}, "twice"),
        ({"inputs": [tensor(), tensor("female", shape=[2], data=[1, 1])]}, "first dimension"),
        ({"inputs": [tensor(data=None, parameters={"binary_data_size": 8})]}, "binary data"),
        ({"inputs": [tensor(parameters=7)]}, "`parameters`"),
        ({"inputs": [tensor()], "id": 7}, "`id`"),
        ({"inputs": [tensor()], "outputs": "risk"}, "`outputs`"),
        ({"inputs": [tensor(), tensor("shoe_size")]}, "shoe_size"),
        ({"inputs": [tensor()]}, "female"),
    ],
)
def test_a_malformed_request_gets_the_protocols_error(service, body, says):
    answer = asks(client_for(service, "engineer"), body)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert set(answer.json()) == {"error"}
    assert says in answer.json()["error"]


def test_the_binary_part_is_read_to_the_byte(service):
    api = client_for(service, "engineer")
    head = json.dumps(
        {
            "inputs": [
                {"name": name, "shape": [1], "datatype": "FP32", "parameters": {"binary_data_size": 4}}
                for name in ("age", "female")
            ]
        }
    ).encode()
    raw = np.array([61, 1], dtype="<f4").tobytes()
    length = {"Inference-Header-Content-Length": str(len(head))}
    assert asks(api, head + raw, **length).json()["outputs"][0]["data"][0] > 0
    assert "1 bytes follow" in asks(api, head + raw + b"\0", **length).json()["error"]
    assert "binary data" in asks(api, head + raw[:-1], **length).json()["error"]
    for wrong in (str(10**9), "-1", "x", "²"):
        answer = asks(api, head + raw, **{"Inference-Header-Content-Length": wrong.encode()})
        assert answer.status_code == 422


def test_every_error_below_v2_is_the_protocols(service):
    from fastapi.testclient import TestClient

    app = client_for(service).app
    nobody = TestClient(app, raise_server_exceptions=False)
    answers = [
        nobody.get("/v2/nothing"), nobody.get("/v2"), nobody.put("/v2/health/live"),
        nobody.post(f"/v2/models/{MODEL}/infer", content=b"x" * 64_000_001),
        nobody.get("/v2/models/x", headers={"Authorization": "Bearer forged"}),
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [404, 401, 405, 413, 401]
    assert all(set(answer.json()) == {"error"} for answer in answers)


def test_events_and_cells_are_asked_in_the_same_way():
    """The three kinds differ in their columns and permissions only."""
    form = TableForm(0.5, (Curve("hour", np.array([12.0]), np.array([-1.0, 1.0, 0.0])),), ())
    inputs = (InputFeature("hour", "h", 0, 24, 0.0, 12.0),)
    bundle = EventBundle(
        name="late_close", inputs=inputs, outputs={name: Head(form, None) for name in OUTPUTS}, chosen="", notice="",
        data_source="city", notice_zh="", synthetic=True, fingerprint="", metrics={},
    )  # fmt: skip
    champion = EventChampion(event_models()["late_close"], 4, bundle)
    model = tensor_model("late_close", "4", Snapshot(events={"late_close": champion}), None)
    assert (model.permission, model.version, dict(model.outputs)) == (
        "events", 4, {"late": "1", "hours_median": "h", "hours_90": "h"},
    )  # fmt: skip
    hours = np.array([3.0, 20.0, np.nan])
    told = model.predict({"hour": hours})
    expected = bundle.predict({"hour": hours})
    assert set(told) == set(OUTPUTS)
    for name in OUTPUTS:
        np.testing.assert_array_equal(told[name], expected[name])
    with pytest.raises(InvalidInputError, match="1 field"):
        model.predict({"hour": np.array([25.0])})
    with pytest.raises(InvalidInputError, match="no input 'day'"):
        model.predict({"day": np.array([1.0])})
