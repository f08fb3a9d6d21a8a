"""Every operation of the OpenAPI page with input after its schemas and against them: no answer may be a fault.

`sanzao bench fuzz` does the same for long.
"""

from __future__ import annotations

import pytest

from benchmarks.fuzz import fuzz
from features.sources import get_source
from serving.api import create_app
from serving.service import Service
from tests.contract.access_world import SOURCE, access_world, headers_of_every_role

CASES = 3  # of each operation and half, so that all of them take less than a minute


@pytest.fixture
def served(built, tmp_path):
    with access_world(built, tmp_path / "world") as (own, _):
        app = create_app(Service(get_source(SOURCE)))
        headers, _ = headers_of_every_role(own[0])
        yield app, headers


def test_no_input_is_answered_by_a_fault(served, record_property, capsys):
    app, headers = served
    found = fuzz(app, headers, CASES)
    record_property("cases", found.cases)
    with capsys.disabled():
        print(f"\nschemathesis: {found.cases} cases of {found.operations // 2} operations, {dict(found.statuses)}")
    assert not found.faults, found.faults[:5]
    assert found.cases >= found.operations * CASES / 2
    assert {200, 403, 404, 422} <= set(found.statuses)  # it came as far as all of these
