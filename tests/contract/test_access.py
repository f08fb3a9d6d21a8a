"""Coming in: tokens, passwords, sessions, keys, limits, and what goes around every request."""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi.testclient import TestClient
from jwt.algorithms import RSAAlgorithm

from features.errors import RefusedError
from features.lake import open_lake
from features.settings import settings
from features.sources import get_source
from serving.access.accounts import add_account, disable_account, make_api_key
from serving.access.audit import newest_rows, verify
from serving.access.demo import demo_wanted, make_demo_accounts, most_measured
from serving.access.errors import TooManyAttemptsError
from serving.access.keys import keys_folder, secret_key
from serving.access.limiting import ATTEMPTS_BY_ADDRESS, ATTEMPTS_BY_NAME
from serving.access.roles import ROLES
from serving.access.tokens import issue
from serving.api import create_app
from serving.service import Service
from tests.conftest import token_for
from tests.contract.access_world import OWN, PASSWORD, SOURCE, access_world


@pytest.fixture(scope="module")
def place(built, tmp_path_factory):
    """Give a service whose residents have homes, with two of them: one in the catchment, one outside."""
    with access_world(built, tmp_path_factory.mktemp("access") / "world") as (own, other):
        service = Service(get_source(SOURCE))
        create_app(service)
        add_account(SOURCE, "dr-li", "clinician", catchment=frozenset({OWN}), password=PASSWORD)
        yield service, own[0], other[0]


@pytest.fixture
def api(place):
    return client_of(place)


def client_of(place, **more):
    return TestClient(create_app(place[0], **more), raise_server_exceptions=False, follow_redirects=False)


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def log_in(api, name="dr-li", password=PASSWORD):
    return api.post("/v1/token", data={"username": name, "password": password})


def claims(**more):
    now = int(time.time())
    return {"iss": "sanzao", "aud": f"sanzao:{SOURCE}", "sub": "dr-li", "iat": now, "exp": now + 60} | more


def signed(key=None, algorithm="HS256", **more):
    return jwt.encode(claims(**more), secret_key("token") if key is None else key, algorithm=algorithm)


def test_a_password_gives_a_token_that_holds_for_some_minutes(api, place):
    answer = log_in(api)
    assert answer.status_code == 200
    assert answer.json()["expires_in"] <= 3600
    assert answer.json()["token_type"] == "bearer"  # noqa: S105 - a kind, no password
    headers = bearer(answer.json()["access_token"])
    assert api.get(f"/v1/residents/{place[1]}/risks", headers=headers).status_code == 200
    assert api.get(f"/v1/residents/{place[2]}/risks", headers=headers).status_code == 403
    wrong = [log_in(api, password=PASSWORD + "x"), log_in(api, name="nobody"), log_in(api, name="' OR 1=1 --")]
    assert {answer.status_code for answer in wrong} == {401}
    assert len({answer.json()["detail"] for answer in wrong}) == 1
    assert newest_rows(SOURCE, 1)[0]["outcome"] == "refused"


def test_a_token_signed_here_is_taken(api):
    assert api.get("/v1/models", headers=bearer(signed())).status_code == 200


def unsigned(header, body):
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, body))
    return ".".join(parts) + "."


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize(
    "forge",
    [
        lambda: signed(key=b"x" * 32),
        lambda: signed(exp=int(time.time()) - 1),
        lambda: signed(aud="sanzao:city"),
        lambda: signed(aud="somebody-else"),
        lambda: signed(iss="somebody-else"),
        lambda: signed(algorithm="HS512"),
        lambda: signed(sub="nobody"),
        lambda: signed(sub="' OR '1'='1"),
        lambda: signed(sub="<script>alert(1)</script>"),
        lambda: signed(iat=int(time.time()) - 86400),  # from before the account was made
        lambda: unsigned({"alg": "none", "typ": "JWT"}, claims()),
        lambda: unsigned({"alg": "HS256", "typ": "JWT"}, claims()),
        lambda: signed()[:-4] + "AAAA",
        lambda: jwt.encode({k: v for k, v in claims().items() if k != "exp"}, secret_key("token"), algorithm="HS256"),
        lambda: jwt.encode({k: v for k, v in claims().items() if k != "aud"}, secret_key("token"), algorithm="HS256"),
        lambda: "rubbish",
        lambda: "a.b.c",
        lambda: "." * 5000,
    ],
)
def test_a_token_that_does_not_hold_is_refused(api, place, forge):
    for address in ("/v1/models", f"/v1/residents/{place[1]}/risks", "/v1/programmes"):
        answer = api.get(address, headers=bearer(forge()))
        assert answer.status_code == 401, answer.text
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_disabled_account_is_out_with_its_tokens_and_keys(place):
    add_account(SOURCE, "leaving", "leader")
    add_account(SOURCE, "old-app", "app")
    token, key = issue(SOURCE, "leaving"), make_api_key(SOURCE, "old-app")
    api = client_of(place)
    assert api.get("/v1/models", headers=bearer(token)).status_code == 200
    assert api.get("/v1/models", headers={"X-API-Key": key}).status_code == 200
    disable_account(SOURCE, "leaving")
    disable_account(SOURCE, "old-app")
    api = client_of(place)  # another process: it remembers nobody
    assert api.get("/v1/models", headers=bearer(token)).status_code == 401
    assert api.get("/v1/models", headers={"X-API-Key": key}).status_code == 401
    assert api.get("/v1/models", headers={"X-API-Key": key + "'"}).status_code == 401


def test_who_guesses_passwords_has_to_wait(api):
    guesses = [log_in(api, name="dr-wang", password=f"guess number {turn}") for turn in range(ATTEMPTS_BY_NAME.amount)]
    assert {answer.status_code for answer in guesses} == {401}
    answer = log_in(api, name="DR-wang")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 900
    assert log_in(api).status_code == 200  # another name from the same address still may
    limiter = api.app.state.control.limiter
    with pytest.raises(TooManyAttemptsError):
        [limiter.attempt(f"name {turn}", "testclient") for turn in range(ATTEMPTS_BY_ADDRESS.amount + 1)]
    assert log_in(api).status_code == 429


def test_an_account_that_asks_too_often_has_to_wait(place, monkeypatch):
    monkeypatch.setattr(settings(), "requests_per_minute", 5)
    api = client_of(place)
    headers = token_for(SOURCE, "leader")
    answers = [api.get("/v1/models", headers=headers) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert api.get("/v1/models", headers=token_for(SOURCE, "steward")).status_code == 200


@pytest.fixture
def provider(place, monkeypatch):
    """Run an OpenID Connect provider's key endpoint; yield how it signs."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    keys = {"keys": [{**json.loads(RSAAlgorithm.to_jwk(key.public_key())), "kid": "one", "use": "sig", "alg": "RS256"}]}

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self):
            body = json.dumps(keys).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keys)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    for name, value in {
        "oidc_issuer": "https://id.example", "oidc_jwks": f"http://127.0.0.1:{server.server_port}/keys",
        "oidc_audience": "sanzao", "oidc_role_claim": "groups", "oidc_roles": {"gp": "clinician", "boss": "leader"},
    }.items():  # fmt: skip
        monkeypatch.setattr(settings(), name, value)

    def sign(by=key, algorithm="RS256", kid="one", **more):
        content = {"iss": "https://id.example", "aud": "sanzao", "sub": "u1", "groups": ["gp", "cyclists"],
                   "catchment": [OWN]}  # fmt: skip
        return jwt.encode(claims() | content | more, by, algorithm=algorithm, headers={"kid": kid})

    yield sign, key
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_providers_tokens_come_in_with_role_and_catchment(api, place, provider):
    sign, key = provider
    risks = f"/v1/residents/{place[1]}/risks"
    assert api.get(risks, headers=bearer(sign())).status_code == 200
    assert newest_rows(SOURCE, 1)[0]["who"] == "oidc:u1"
    assert api.get(f"/v1/residents/{place[2]}/risks", headers=bearer(sign())).status_code == 403
    leader = sign(groups="boss", catchment=[])
    assert api.get("/v1/models", headers=bearer(leader)).status_code == 200
    assert api.get(risks, headers=bearer(leader)).status_code == 403
    for claim in ({"groups": ["cyclists"]}, {"groups": ["gp", "boss"]}, {"catchment": []}, {"groups": 7},
                  {"groups": ["administrator"]}, {"catchment": ["' OR 1=1"]}):  # fmt: skip
        assert api.get(risks, headers=bearer(sign(**claim))).status_code == 403, claim
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    confused = jwt.api_jws.PyJWS().encode  # a token "signed" with the public key as if it were a shared secret
    header, body = (sign().split(".")[part] for part in (0, 1))
    assert header
    forged = confused(base64.urlsafe_b64decode(body + "=="), public_as_secret(public), "HS256", headers={"kid": "one"})
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    for token in (sign(by=stranger), sign(aud="another"), sign(exp=1), sign(kid="two"), forged,
                  unsigned({"alg": "none", "kid": "one"}, claims(iss="https://id.example"))):  # fmt: skip
        assert api.get("/v1/models", headers=bearer(token)).status_code == 401
    assert api.get("/v1/models", headers=bearer(signed())).status_code == 200  # our own still come in


def public_as_secret(public):
    """Return the bytes of a public key, without the armour by which PyJWT would refuse to sign with them."""
    return b"".join(line for line in public.splitlines() if not line.startswith(b"-----"))


def sign_in(api, **more):
    return api.post("/v1/session", json={"username": "dr-li", "password": PASSWORD} | more)


def test_people_sign_in_and_out_again(api, place):
    before = api.get("/v1/session").json()
    assert before["signed_in"] is None
    assert before["demo_log_ins"] == []
    answer = sign_in(api)
    assert answer.status_code == 200
    cookie = next(line for line in answer.headers.get_list("set-cookie") if line.startswith("sanzao_session="))
    assert {"HttpOnly", "samesite=strict"} <= {
        part.strip().replace("SameSite", "samesite") for part in cookie.split(";")
    }
    who = api.get("/v1/session").json()["signed_in"]
    assert (who["name"], who["role"]) == ("dr-li", "clinician")
    assert "persons:own-catchment" in who["permissions"]
    assert "users:manage" not in who["permissions"]
    assert api.get(f"/v1/residents/{place[1]}/risks").status_code == 200
    outside = api.get(f"/v1/residents/{place[2]}/risks")
    assert outside.status_code == 403
    assert OWN in outside.text
    kept = api.cookies["sanzao_session"]
    assert api.delete("/v1/session").status_code == 403  # without the token
    assert api.get("/v1/session").json()["signed_in"] is not None
    left = api.delete("/v1/session", headers={"X-CSRF-Token": who["csrf_token"]})
    assert left.json()["signed_in"] is None
    assert api.get("/v1/models").status_code == 401
    api.cookies.set("sanzao_session", kept)  # what somebody copied is of no use either
    assert api.get("/v1/models").status_code == 401
    assert api.get("/v1/session").json()["signed_in"] is None


def test_a_log_in_comes_from_our_pages_only(api):
    body = json.dumps({"username": "dr-li", "password": PASSWORD})
    for headers in (
        {"content-type": "text/plain"},  # what a form of another site can send without asking us first
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "application/json", "sec-fetch-site": "cross-site"},
    ):
        refused = api.post("/v1/session", content=body, headers=headers)
        assert refused.status_code in (403, 415, 422), headers
        assert "set-cookie" not in refused.headers
    wrong = sign_in(api, username="<script>alert(1)</script>", password='"><img src=x>')  # noqa: S106
    assert wrong.status_code == 401
    assert "<script" not in wrong.text
    assert sign_in(api, username="x" * 65).status_code == 422


def test_a_session_changes_nothing_without_its_token(api, place):
    token = sign_in(api).json()["signed_in"]["csrf_token"]
    body = {"residents": [place[1]]}
    assert api.post("/v1/score", json=body).status_code == 403
    assert api.post("/v1/score", json=body, headers={"X-CSRF-Token": token}).status_code == 200


def test_demo_log_ins_are_told_on_this_machine_only(place):
    app = create_app(Service(get_source(SOURCE)), demo=True)
    here = TestClient(app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 5000))
    assert {one["role"] for one in here.get("/v1/session").json()["demo_log_ins"]} == set(ROLES) - {"app"}
    for base, client in (("http://127.0.0.1:8000", "10.0.0.9"), ("http://city.example", "127.0.0.1")):
        elsewhere = TestClient(app, base_url=base, client=(client, 5000))
        assert elsewhere.get("/v1/session").json()["demo_log_ins"] == []


def test_the_page_of_the_app_may_load_only_its_own_files(api):
    page = {"accept": "text/html,*/*;q=0.8"}
    for address in ("/", "/map", "/residents/7"):
        answer = api.get(address, headers=page)
        assert "text/html" in answer.headers["content-type"]
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "://" not in policy
    for address in ("/v1/nothing", "/assets/nothing.js"):
        assert api.get(address, headers=page).status_code == 404
    assert api.get("/map").status_code == 404  # a program gets no page


def test_headers_of_every_answer(api):
    for address in ("/healthz", "/v1/models", "/v1/session", "/docs", "/assets/nothing.js", "/nothing"):
        answer = api.get(address)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "default-src" in answer.headers["content-security-policy"]
        assert "strict-transport-security" not in answer.headers
        assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["x-request-id"])
    assert api.get("/healthz", headers={"X-Request-ID": "abc-1.2_3"}).headers["x-request-id"] == "abc-1.2_3"
    for malformed in ("a b", "x" * 65, "<script>", "%0d%0aSet-Cookie: x"):
        assert api.get("/healthz", headers={"X-Request-ID": malformed}).headers["x-request-id"] != malformed


def test_hsts_and_secure_cookies_where_tls_ends_before_us(api, monkeypatch):
    monkeypatch.setattr(settings(), "hsts_seconds", 3600)
    answer = sign_in(api)
    assert answer.headers["strict-transport-security"].startswith("max-age=3600")
    assert "Secure" in answer.headers["set-cookie"]


def test_a_large_body_is_refused_before_it_is_read(api):
    headers = token_for(SOURCE, "engineer") | {"content-type": "application/json"}
    read = []

    def chunks():
        for _ in range(100):
            read.append(1)
            yield b" " * 100_000

    answer = api.post("/v1/score", content=chunks(), headers=headers)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    declared = api.post("/v1/score", content=b" " * 10_000_000, headers=headers)
    assert declared.status_code == 413
    assert api.post("/v1/score", content=b"{}", headers=headers | {"content-length": "many"}).status_code == 400
    assert api.post("/v1/score", content=b" " * 900_000 + b"{}", headers=headers).status_code == 422


def test_deep_json_and_strange_bytes_are_refused_without_a_fault(api):
    headers = token_for(SOURCE, "engineer") | {"content-type": "application/json"}
    for body in (b"[" * 400_000, b'{"records":' * 50_000, b"\xff\xfe", b'"\\ud800"', b"nul"):
        assert 400 <= api.post("/v1/score", content=body, headers=headers).status_code < 500


def test_keys_are_files_that_nobody_else_can_read(place):
    secret_key("pseudonym")
    files = list(keys_folder().glob("*.key"))
    assert {"token.key", "pseudonym.key", "audit.key"} == {file.name for file in files}
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in files)
    assert len({file.read_bytes() for file in files}) == 3


def test_demo_log_ins_are_for_open_data_in_demo_mode_only(place, monkeypatch):
    import dataclasses

    source = get_source(SOURCE)
    assert demo_wanted(source, started_by_up=True)
    assert not demo_wanted(source, started_by_up=False)
    closed = dataclasses.replace(source, open_data=False)
    assert not demo_wanted(closed, started_by_up=True)
    monkeypatch.setattr(settings(), "demo", False)
    assert not demo_wanted(source, started_by_up=True)
    monkeypatch.setattr(settings(), "demo", True)
    assert demo_wanted(source, started_by_up=False)
    with pytest.raises(RefusedError, match="not open"):
        demo_wanted(closed, started_by_up=True)

    made = {entry["role"]: entry for entry in make_demo_accounts(source, place[1])}
    assert set(made) == {"clinician", "coordinator", "epidemiologist", "engineer", "steward", "dispatcher", "leader",
                         "administrator", "resident"}  # fmt: skip
    assert list(made.values()) == make_demo_accounts(source, place[1])  # again: the same
    entry = made["clinician"]
    with_demo = log_in(client_of(place, demo=True), entry["name"], entry["password"])
    assert with_demo.status_code == 200
    headers = bearer(with_demo.json()["access_token"])
    assert client_of(place, demo=True).get("/v1/models", headers=headers).status_code == 200
    assert log_in(client_of(place), entry["name"], entry["password"]).status_code == 401
    assert client_of(place).get("/v1/models", headers=headers).status_code == 401


def test_the_demo_resident_has_something_to_see(place):
    residents = place[0].population.residents
    living = residents.index[residents["died_on"].isna()].to_numpy()
    with open_lake(SOURCE) as lake:
        measured = lake.execute("SELECT person_id FROM measurement").df()["person_id"].value_counts()
    chosen = most_measured(SOURCE, living)
    assert chosen in set(living.tolist())
    assert measured[chosen] == measured[measured.index.isin(living)].max()
    assert most_measured(SOURCE, living[:0]) is None


def test_the_log_of_all_this_is_whole(place):
    found = verify(SOURCE)
    assert found["ok"], found
    assert found["rows"] > 20
