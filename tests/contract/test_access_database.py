"""Accounts, consent and the audit log, on SQLite and PostgreSQL.

Must never happen, 3: a person's row shown without a trace in the audit log, or a trace that can be changed unseen.
"""

from __future__ import annotations

import io
import json
import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

import sanzao
from features.errors import InvalidInputError, NotReadyError, UnknownNameError
from serving.access.accounts import (
    account_by_password,
    account_name_by_key,
    account_name_by_session,
    add_account,
    all_accounts,
    begin_session,
    digest,
    disable_account,
    end_session,
    find_account,
    make_api_key,
)  # fmt: skip
from serving.access.audit import AuditLog, Entry, head_path, newest_rows, verify
from serving.access.consent import consented, consented_by_pseudonym, give_consent, withdraw_consent
from serving.access.tables import ApiKeyRow, SessionRow
from serving.database import connect, transaction

SOURCE = "framingham"
PASSWORD = "correct horse battery"  # noqa: S105 - of nobody
NAUGHTY = ["'; DROP TABLE account; --", '<script>alert("x")</script>', "", "a" * 65, "\x00", "名字", ".hidden", "a b"]


def entries(count: int, **more) -> None:
    log = AuditLog(SOURCE)
    for number in range(count):
        log.append(Entry("dr-li", "clinician", "GET /v1/residents/{resident}/risks", persons=[number], **more))


def untriggered(statement: str) -> None:
    """Run a statement as somebody would who owns the database and takes its triggers off."""
    with connect(SOURCE).begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER IF EXISTS audit_no_update"))
            connection.execute(text("DROP TRIGGER IF EXISTS audit_no_delete"))
        else:
            connection.execute(text("ALTER TABLE audit DISABLE TRIGGER ALL"))
        connection.execute(text(statement))


@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET who = 'nobody'", "DELETE FROM audit", "DELETE FROM audit WHERE seq = 2"]
)
def test_the_log_refuses_change_and_deletion(state, statement):
    entries(3)
    with pytest.raises(DBAPIError, match="append-only"), transaction(SOURCE) as session:
        session.execute(text(statement))
    assert verify(SOURCE) == {"ok": True, "rows": 3, "first_broken": None, "because": None}


def test_postgresql_refuses_to_empty_the_log(state):
    if connect(SOURCE).dialect.name != "postgresql":
        return  # SQLite has no TRUNCATE
    entries(1)
    with pytest.raises(DBAPIError, match="append-only"), transaction(SOURCE) as session:
        session.execute(text("TRUNCATE audit"))


@pytest.mark.parametrize(
    ("statement", "row"),
    [
        ("UPDATE audit SET who = 'nobody' WHERE seq = 3", 3),
        ("UPDATE audit SET which = '[]' WHERE seq = 1", 1),
        ("UPDATE audit SET at = '2020-01-01 00:00:00' WHERE seq = 5", 5),
        ("DELETE FROM audit WHERE seq = 4", 5),
        ("DELETE FROM audit WHERE seq = 1", 2),
        ("DELETE FROM audit WHERE seq >= 5", 5),
        ("DELETE FROM audit", 1),
        ("UPDATE audit SET seq = seq + 10 WHERE seq = 6", 16),
        (
            "INSERT INTO audit SELECT 7, at, who, role, what, outcome, persons, which, origin, request_id, seal, seal "
            "FROM audit WHERE seq = 6",
            7,
        ),
    ],
)
def test_what_was_changed_behind_the_triggers_is_found_by_its_row(state, statement, row):
    entries(6)
    untriggered(statement)
    found = verify(SOURCE)
    assert not found["ok"]
    assert found["first_broken"] == row
    assert found["because"]


def test_rows_cut_off_stay_found_when_the_log_grows_on(state):
    entries(6)
    untriggered("DELETE FROM audit WHERE seq >= 4")
    entries(5)
    found = verify(SOURCE)
    assert (found["ok"], found["first_broken"]) == (False, 6)


def test_a_head_that_is_missing_or_forged_is_found(state):
    entries(2)
    whole = head_path(SOURCE).read_text()
    head_path(SOURCE).write_text(whole.replace('"seq": 2', '"seq": 1'))
    assert "not signed" in verify(SOURCE)["because"]
    head_path(SOURCE).unlink()
    assert "missing" in verify(SOURCE)["because"]
    entries(1)  # does not quietly make a new one
    assert not verify(SOURCE)["ok"]


def test_writers_at_once_make_one_chain(state):
    logs = [AuditLog(SOURCE), AuditLog(SOURCE)]  # as two processes have them

    def write(number):
        for turn in range(5):
            logs[number % 2].append(Entry(f"user-{number}", "clinician", "list", persons=[turn]))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verify(SOURCE) == {"ok": True, "rows": 40, "first_broken": None, "because": None}
    assert {row["who"] for row in newest_rows(SOURCE, 40)} == {f"user-{number}" for number in range(8)}


def test_a_log_that_cannot_be_written_says_so(state):
    with connect(SOURCE).begin() as connection:
        connection.execute(text("DROP TABLE audit"))
    with pytest.raises(NotReadyError, match="nobody's data are shown"):
        entries(1)


def test_a_large_list_is_one_row_with_a_digest(state):
    AuditLog(SOURCE).append(Entry("dr-li", "clinician", "export", persons=range(20_000)))
    (row,) = newest_rows(SOURCE, 5)
    assert row["persons"] == 20_000
    assert len(row["which"]) < 200
    assert verify(SOURCE)["ok"]


def test_a_password_opens_its_own_account_only(state):
    add_account(SOURCE, "dr-li", "clinician", catchment=frozenset({"331081"}), password=PASSWORD)
    add_account(SOURCE, "no-password", "leader")
    account = account_by_password(SOURCE, "dr-li", PASSWORD)
    assert (account.role, account.catchment) == ("clinician", {"331081"})
    for name, password in [("dr-li", PASSWORD + "x"), ("dr-li", ""), ("nobody", PASSWORD), ("no-password", ""),
                           *((name, PASSWORD) for name in NAUGHTY[:2])]:  # fmt: skip
        assert account_by_password(SOURCE, name, password) is None
    hashed = all_accounts(SOURCE)[0].password
    assert hashed.startswith("$argon2id$")
    assert PASSWORD not in hashed


@pytest.mark.parametrize("name", NAUGHTY)
def test_names_that_are_none_are_refused_and_change_nothing(state, name):
    with pytest.raises(InvalidInputError):
        add_account(SOURCE, name, "leader")
    assert find_account(SOURCE, name if "\x00" not in name else "x") is None
    assert all_accounts(SOURCE) == []


def test_an_account_that_cannot_be_is_refused(state):
    for role, more in [
        ("clinician", {}), ("leader", {"catchment": frozenset({"331081"})}), ("resident", {}),
        ("leader", {"resident": 4}), ("clinician", {"catchment": frozenset({"a b"})}), ("leader", {"password": "x"}),
    ]:  # fmt: skip
        with pytest.raises(InvalidInputError):
            add_account(SOURCE, "somebody", role, **more)
    with pytest.raises(UnknownNameError, match="clinician"):
        add_account(SOURCE, "somebody", "clinican", catchment=frozenset({"*"}))
    add_account(SOURCE, "somebody", "leader")
    with pytest.raises(InvalidInputError, match="already"):
        add_account(SOURCE, "somebody", "leader")


def test_of_keys_and_cookies_only_hashes_are_kept_and_both_end(state):
    add_account(SOURCE, "health-map", "app")
    key, cookie = make_api_key(SOURCE, "health-map"), begin_session(SOURCE, "health-map")
    assert account_name_by_key(SOURCE, key) == account_name_by_session(SOURCE, cookie) == "health-map"
    assert account_name_by_key(SOURCE, key + "x") is None
    with transaction(SOURCE) as session:
        assert session.get(ApiKeyRow, digest(key)).digest != key
        session.get(SessionRow, digest(cookie)).ends_at = datetime.now(UTC) - timedelta(seconds=1)
    assert account_name_by_session(SOURCE, cookie) is None
    other = begin_session(SOURCE, "health-map")
    end_session(SOURCE, other)
    assert account_name_by_session(SOURCE, other) is None
    disable_account(SOURCE, "health-map")
    assert account_name_by_key(SOURCE, key) is None
    assert find_account(SOURCE, "health-map") is None
    with pytest.raises(UnknownNameError):
        disable_account(SOURCE, "health-mop")


def test_consent_can_be_given_withdrawn_and_given_again_and_names_differ_by_app(state):
    add_account(SOURCE, "map", "app")
    add_account(SOURCE, "diary", "app")
    first, second = give_consent(SOURCE, "map", 7), give_consent(SOURCE, "diary", 7)
    assert first != second
    assert consented_by_pseudonym(SOURCE, "map") == {first: 7}
    withdraw_consent(SOURCE, "map", 7)
    withdraw_consent(SOURCE, "map", 8)
    assert consented(SOURCE, "map") == set()
    assert consented(SOURCE, "diary") == {7}
    assert give_consent(SOURCE, "map", 7) == first
    with pytest.raises(UnknownNameError, match="diary"):
        give_consent(SOURCE, "dairy", 7)


def test_accounts_are_made_listed_and_disabled_by_commands(state, capsys, monkeypatch):
    def command(*arguments):
        code = sanzao.main([*arguments, "--json"])
        return code, json.loads(capsys.readouterr().out)

    code, made = command("user", "add", "health-map", "--role", "app")
    assert code == 0
    assert made["api_key"].startswith("sanzao_")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    assert command("user", "add", "dr-li", "--role", "clinician", "--catchment", "331081")[0] == 0
    assert account_by_password(SOURCE, "dr-li", PASSWORD)
    code, consent = command("user", "consent", "health-map", "7")
    assert (code, consent["consents"], consent["pseudonym"][:2]) == (0, True, "p-")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    code, error = command("user", "add", "dr-wu", "--role", "clinician")
    assert code == 2
    assert "--catchment" in error["error"]
    assert command("user", "disable", "health-map")[0] == 0
    code, accounts = command("user", "list")
    assert [(entry["name"], entry["disabled"]) for entry in accounts] == [("dr-li", False), ("health-map", True)]
    code, (found,) = command("report", "audit", "--verify")
    assert (code, found["ok"], found["rows"]) == (0, True, 4)
    assert next(row["what"] for row in command("report", "audit")[1]) == "user disable health-map"
    head_path(SOURCE).unlink()
    code, (found,) = command("report", "audit", "--verify")
    assert (code, found["ok"]) == (1, False)
