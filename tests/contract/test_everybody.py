"""Everybody's score snapshot: the same numbers as one by one, whole or not at all, and it goes on where it stopped."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from features.errors import NotReadyError
from features.sources import get_source
from models.risk_model import models_for
from serving import everybody
from serving.champions import Registry, Snapshot, registry_client
from serving.core import answer
from serving.everybody import current_scores, score_everybody, scores_path
from serving.population import Population, Ranking


@pytest.fixture
def champions(own_world) -> Snapshot:
    registry = Registry(registry_client(), models_for(get_source("framingham")))
    registry.refresh()
    return registry.current


def test_risks_lists_and_totals_are_those_of_the_population_scored_at_once(champions):
    source = get_source("framingham")
    manifest = score_everybody(source, champions, source.as_of)
    folder = current_scores("framingham")
    ranking = Ranking(Population(source), champions)
    people = ranking.population.residents.index.to_numpy()
    risks = pd.read_parquet(folder / "risks").set_index("person_id").sort_index()
    assert manifest["residents"] == len(risks) == len(people)
    totals = pd.read_parquet(folder / "areas.parquet")
    for column, (name, champion) in enumerate(champions.champions.items()):
        rows = ranking.order[name]
        assert set(risks.index[risks[name].notna()]) == set(people[rows])
        there = risks[name].reindex(people[np.sort(rows)]).to_numpy()
        assert np.array_equal(there, ranking.risks[np.sort(rows), column].astype(np.float32))
        high = rows[ranking.risks[rows, column] >= champion.bundle.tiers.high]
        listed = pd.read_parquet(folder / "lists" / f"{name}.parquet")
        assert listed["person_id"].tolist() == people[high].tolist()
        assert listed["risk"].tolist() == ranking.risks[high, column].tolist()
        mine = totals[totals["model"] == name]
        assert mine["people"].sum() == len(rows)
        assert mine["high"].sum() == len(high)
        assert mine["expected"].sum() == pytest.approx(ranking.risks[rows, column].sum())


def test_the_reasons_on_a_list_are_those_of_the_person(champions):
    source = get_source("framingham")
    score_everybody(source, champions, source.as_of)
    name = next(iter(champions.champions))
    listed = pd.read_parquet(current_scores("framingham") / "lists" / f"{name}.parquet").head(20)
    features = Population(source).features.loc[listed["person_id"]]
    for (_, row), (entry,) in zip(listed.iterrows(), answer(champions, features, [name]), strict=True):
        expected = [(reason.feature, pytest.approx(reason.odds_ratio, rel=1e-6)) for reason in entry.reasons[:3]]
        assert [(row[f"reason_{k}"], row[f"odds_ratio_{k}"]) for k in range(1, len(expected) + 1)] == expected


def test_a_run_that_stops_half_way_shows_nothing_and_goes_on(champions, monkeypatch):
    source = get_source("framingham")
    with pytest.raises(NotReadyError, match="score --all"):
        current_scores("framingham")
    seen: list[str] = []

    def stop(text: str) -> None:
        seen.append(text)
        if len(seen) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score_everybody(source, champions, source.as_of, stop)
    with pytest.raises(NotReadyError):
        current_scores("framingham")
    computed: list[int] = []
    original = everybody.everybody_at

    def counted(*arguments):
        for bucket, *rest in original(*arguments):
            computed.append(bucket)
            yield bucket, *rest

    monkeypatch.setattr(everybody, "everybody_at", counted)
    manifest = score_everybody(source, champions, source.as_of)
    assert 0 < len(computed) < manifest["buckets"]
    assert not list(scores_path("framingham").glob("*.partial"))
    computed.clear()
    assert score_everybody(source, champions, source.as_of) == manifest
    assert not computed  # the same champions and records: nothing to do


def test_readers_keep_the_old_snapshot_until_the_new_one_is_whole(champions):
    source = get_source("framingham")
    score_everybody(source, champions, source.as_of)
    before = current_scores("framingham")
    first = dict(list(champions.champions.items())[:2])
    from serving.champions import compile_scorer

    fewer = Snapshot(first, {}, compile_scorer(first))

    def look(_: str) -> None:
        assert current_scores("framingham") == before
        assert json.loads((before / "manifest.json").read_text())["models"].keys() == champions.champions.keys()

    score_everybody(source, fewer, source.as_of, look)
    after = current_scores("framingham")
    assert after != before
    assert json.loads((after / "manifest.json").read_text())["models"].keys() == first.keys()
