"""A small simulated city whose models are written by hand, and questions to its lists over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np

from features.lake import build_lake
from features.sources import get_source
from features.store import build_store
from models.attribution import explain
from models.bundle import Bundle, InputFeature, Tiers
from models.risk_model import models_for
from models.tables import Curve, TableForm
from serving.champions import Champion, Registry, Snapshot, compile_scorer
from serving.service import Service
from tests.conftest import use

RESIDENTS = 3_000
SERVED = ("undetected_colorectal_cancer", "undetected_hypertension")


class ByHand(Registry):
    """Champions that nobody trained: the risk rises with age and with a positive FIT."""

    def __init__(self, source):
        client = SimpleNamespace(search_registered_models=list)
        super().__init__(client, models_for(source))
        self.current = Snapshot({name: self._champion(source, name) for name in SERVED}, {}, None)
        self.current = Snapshot(self.current.champions, {}, compile_scorer(self.current.champions))

    def refresh(self):
        return False

    def _champion(self, source, name):
        declaration = self.declared[name]
        ages = np.arange(30.0, 90.0, 2)
        curves = [Curve("age", ages, np.append(np.linspace(-1, 1, len(ages) + 1), 0.0))]
        if "fit_positive" in declaration.features:
            curves.append(Curve("fit_positive", np.array([0.5]), np.array([-0.1, 3.0, 0.0])))
        form = TableForm(-5.0, tuple(curves), ())
        background = {name: np.array([20.0, 20.0]) if name == "age" else np.zeros(2) for name in form.features}
        inputs = tuple(InputFeature(entry, "1", 0, 1, 0, 0) for entry in declaration.features)
        bundle = Bundle(
            name, declaration.horizon_years, inputs, form, explain(form, background), 1.0, 0.0, Tiers(0.02, 0.01),
            "by hand", source.name, source.notice, source.notice_zh, True, "none", {},
        )  # fmt: skip
        return Champion(declaration, 1, bundle)


@contextmanager
def city_by_hand(folder) -> Iterator[Service]:
    """Build the city under `folder` and yield a service of it."""
    with use(folder, SANZAO_CITY_RESIDENTS=str(RESIDENTS), SANZAO_SOURCE="city"):
        source = get_source("city")
        build_lake(source)
        build_store(source)
        service = Service(source, ByHand(source))
        yield service
        service.stop()


def is_problem(answer, status, says=""):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert says in answer.json()["detail"]
    return answer.json()


def everybody(api, programme, **params):
    people, cursor = [], None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = api.get(f"/v1/worklists/{programme}", params=params | more)
        assert page.status_code == 200, page.text
        people += page.json()["people"]
        cursor = page.json()["next_cursor"]
        if cursor is None:
            return people, page.json()
