"""The server that the stream is measured on: models of the size that a city's have, and all that it holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks._world import NAME, source

MODELS, TREES = 10, 200


def serve(port: int, target: Path) -> None:
    """Serve until told to stop, then write down all that is held."""
    import uvicorn

    from features.sources._city.clock import AS_OF
    from serving.api import create_app
    from serving.service import Service

    service = Service(source(AS_OF), ChanceModels())  # type: ignore[arg-type]
    app = create_app(service)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", access_log=False))
    app.add_api_route("/stop", lambda: setattr(server, "should_exit", True), methods=["POST"])
    server.run()
    service.live.settle()
    np.savez(target, **state_of(service))  # type: ignore[arg-type]


def model_names(models: int = MODELS) -> list[str]:
    """Return the models that the server has champions of."""
    from models.risk_model import risk_models

    return sorted(name for name, model in risk_models().items() if model.features and model.cohort.sex is None)[:models]


class ChanceModels:
    """Champions of the size that a city's have, fitted to chance: what they say is of no interest here."""

    def __init__(self, models: int = MODELS, trees: int = TREES) -> None:
        self._trees = trees
        self.client: Any = None  # of a registry, for who asks which versions there are
        from models.risk_model import risk_models
        from serving.champions import Snapshot

        self.declared = {name: risk_models()[name] for name in model_names(models)}
        self.current = Snapshot()

    def refresh(self) -> bool:
        """Make the champions on the first call."""
        from serving.champions import Snapshot, compile_scorer

        if self.current.champions:
            return False
        champions = {name: _champion(number, name, self._trees) for number, name in enumerate(self.declared)}
        self.current = Snapshot(champions, {}, compile_scorer(champions))
        return True


def _champion(seed: int, name: str, trees: int) -> Any:
    import lightgbm

    from features.views import get_feature
    from models.attribution import explain
    from models.bundle import Bundle, InputFeature, Tiers
    from models.collapse import collapse
    from models.risk_model import risk_models
    from serving.champions import Champion

    declaration = risk_models()[name]
    generator = np.random.default_rng(seed)
    features = [get_feature(feature) for feature in declaration.features]
    matrix = np.column_stack([generator.uniform(entry.low, entry.high, 4_000) for entry in features])
    scale = (matrix - matrix.mean(0)) / matrix.std(0)
    matrix[generator.random(matrix.shape) < 0.2] = np.nan
    outcome = (scale @ generator.normal(size=len(features)) / 3 + generator.logistic(size=len(matrix)) > 2).astype(
        float
    )
    names = list(declaration.features)
    parameters = {"objective": "binary", "num_leaves": 4, "max_depth": 2, "verbose": -1, "num_threads": 1, "seed": seed}
    booster = lightgbm.train(parameters, lightgbm.Dataset(matrix, outcome, feature_name=names), trees)
    form = collapse(booster, names)
    background = {feature: matrix[:200, place] for place, feature in enumerate(names)}
    inputs = tuple(InputFeature(f.name, f.unit, f.low, f.high, 0.2, (f.low + f.high) / 2) for f in features)
    bundle = Bundle(
        name=name, horizon_years=declaration.horizon_years, inputs=inputs, form=form,
        attribution=explain(form, background), slope=1.0, intercept=0.0, tiers=Tiers(0.5, 0.2), chosen="chance",
        data_source=NAME, notice="", notice_zh="", synthetic=True, fingerprint=NAME, metrics={},
    )  # fmt: skip
    return Champion(declaration, 1, bundle)


def state_of(service: Any) -> dict[str, NDArray[Any]]:
    """Return everything that a service holds, by resident number, so that it can be compared."""
    from features.online import online

    people = service.population.features.sort_index()
    persons = people.index.to_numpy()
    state = {"persons": persons, "features": people.to_numpy(), "arrived": np.array(service.ranking.arrived)}
    state["online"] = online(service.source.name, persons.tolist()).to_numpy()
    for name, listed in service.ranking.lists.items():
        everybody = listed.stretch(0, len(listed))
        state[f"list:{name}"], state[f"risk:{name}"] = everybody.person, -everybody.fall
    return state
