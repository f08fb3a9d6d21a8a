"""Small parts of access: roles, pseudonyms, and what a model's metrics tell."""

from __future__ import annotations

import itertools
import json

import pytest

from features.errors import NotReadyError, UnknownNameError
from serving.access.accounts import hash_password
from serving.access.keys import secret_key
from serving.access.needs import needs
from serving.access.pseudonyms import pseudonym
from serving.access.released import released_metrics, released_share
from serving.access.roles import allows, roles_that
from tests.conftest import use


def test_the_roles_hold_what_the_design_says():
    assert roles_that("persons") == ["clinician", "coordinator", "app", "resident"]
    assert roles_that("audit") == ["administrator"]
    assert not allows("engineer", "persons")
    assert not allows("epidemiologist", "persons")
    assert not allows("administrator", "persons")
    assert not allows("app", "persons:own-catchment")
    with pytest.raises(UnknownNameError, match="aggregates"):
        needs("agregates")


def test_pseudonyms_are_stable_and_differ_by_person_recipient_and_key(tmp_path):
    with use(tmp_path):
        found = {pseudonym(person, app) for person, app in itertools.product(range(200), ("map", "diary"))}
        assert len(found) == 400
        assert all(len(name) == 34 for name in found)
        first = pseudonym("331081194912105678", "map")
        assert first == pseudonym("331081194912105678", "map")
    with use(tmp_path / "elsewhere"):
        assert pseudonym("331081194912105678", "map") != first
    with use(tmp_path, SANZAO_PSEUDONYM_KEY="k" * 32):
        assert pseudonym("331081194912105678", "map") != first


def test_a_password_costs_what_rfc_9106_asks_for():
    assert hash_password("correct horse battery").startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_a_key_that_is_short_or_open_is_refused(tmp_path):
    with use(tmp_path, SANZAO_TOKEN_KEY="short"), pytest.raises(NotReadyError, match="32"):  # noqa: S106
        secret_key("token")
    with use(tmp_path):
        secret_key("token")
        path = tmp_path / "var" / "keys" / "token.key"
        path.chmod(0o644)
        with pytest.raises(NotReadyError, match="chmod 600"):
            secret_key("token")


def group(people, events, **more):
    return {
        "n": people, "events": events, "observed": events / people, "observed_expected": 1.1 * events / people / 0.1,
        "c_index": 0.71234567,
    } | more  # fmt: skip


def test_small_groups_cannot_be_worked_out_of_a_models_metrics():
    """Must never happen, 2: a count of 1-7 people derivable by subtracting two answers."""
    secret = {"men": (1003, 204), "women": (1502, 111), "others": (13, 4)}
    total = tuple(sum(column) for column in zip(*secret.values(), strict=True))
    metrics = group(*total, worst_subgroup="sex: others", worst_subgroup_oe=3.3, deaths=5) | {
        "subgroups": [group(*counts, group="sex", level=level) for level, counts in secret.items()],
        "flow": {"index dates": total[0] + 1, "followed up": total[0]},
        "capacity": [
            {"share": 0.01, "uptake": 0.4, "threshold": 0.4, "sensitivity": 0.02, "ppv": 0.6},
            {"share": 0.2, "uptake": 1.0, "threshold": 0.2, "sensitivity": 0.5, "ppv": 0.31712345},
        ],
    }
    before = json.dumps(metrics)
    shown = released_metrics(metrics)
    assert json.dumps(metrics) == before
    others = shown["subgroups"][2]
    assert {name for name, value in others.items() if value is not None} == {"group", "level", "n"}
    assert shown["worst_subgroup_oe"] is None
    assert shown["deaths"] is None
    assert shown["flow"]["index dates"] == shown["flow"]["followed up"]  # one person, hidden
    assert shown["capacity"][0] == metrics["capacity"][0] | {"sensitivity": None, "ppv": None}
    assert shown["capacity"][1]["ppv"] == 0.317
    assert shown["c_index"] == 0.712
    for entry in shown, *shown["subgroups"][:2]:
        assert entry["n"] % 5 == entry["events"] % 5 == 0
        # The risk times the people gives the events that are shown, not those that were counted.
        assert entry["observed"] * entry["n"] == pytest.approx(entry["events"], rel=0.005)
    # Every way to subtract leaves more than one answer open: the counts were each moved by up to two.
    known = sum(entry["events"] for entry in shown["subgroups"][:2])
    possible = {
        total_events - men - women
        for total_events in range(shown["events"] - 2, shown["events"] + 3)
        for men in range(shown["subgroups"][0]["events"] - 2, shown["subgroups"][0]["events"] + 3)
        for women in range(shown["subgroups"][1]["events"] - 2, shown["subgroups"][1]["events"] + 3)
    }
    assert len(possible) > 7
    assert known != total[1]


def test_shares_of_few_people_are_not_shown():
    assert released_share(0.9999, 10_667) is None
    assert released_share(1.0, 10_667) == 1.0
    assert released_share(0.123456, 10_667) == 0.12
