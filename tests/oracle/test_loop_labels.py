"""Labels of screening lists against the simulated truth: weighted, they say what is true of everybody eligible."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.sources import get_source
from serving.loop.labels import responses, weights
from serving.selection import choose
from training.loop_labels import card_words, told, truncated
from training.metrics import dynamic_auc

DRAWS = 120


@pytest.fixture
def truth(city_world):
    """Return who has undiagnosed hypertension on the last landmark, and a score that knows it only in part."""
    city = get_source("city")
    known = city.truth("hypertension", city.landmarks[-1])
    random = np.random.default_rng(5)
    odds = np.log(known["risk"].clip(1e-4, 0.999) / (1 - known["risk"].clip(1e-4, 0.999)))
    return known.assign(score=1 / (1 + np.exp(-(odds + random.normal(0, 4.0, len(known))))))


def results(truth: pd.DataFrame, draw: int) -> pd.DataFrame:
    """Return the labels of one list that the score ranks, with the share of lots that lists have."""
    random = np.random.default_rng(draw)
    person, score = truth["person_id"].to_numpy(), truth["score"].to_numpy()
    uptake = np.where(score > np.median(score), 0.45, 0.75)  # those at risk come less
    capacity = len(truth) // 5
    chosen = choose(score * uptake, person, np.zeros(len(person), dtype=np.int64), capacity, f"draw {draw}")
    invited = truth.iloc[chosen.positions]
    came = random.random(len(invited)) < 0.8 * uptake[chosen.positions]  # fewer than expected, all alike
    weight = weights(chosen.probability, responses(uptake[chosen.positions], came))
    found = invited.assign(weight=weight, inclusion_probability=chosen.probability, label=invited["present"])
    return found[came].reset_index(drop=True)


def auc(labels: pd.Series, score: pd.Series, weight: np.ndarray) -> float:
    status = labels.to_numpy().astype(np.int8)
    return dynamic_auc(np.ones(len(labels)), status, score.to_numpy(), 1.0, weight)


def test_weights_take_the_selection_out_of_prevalence_and_of_the_ranking(truth):
    prevalence = truth["present"].mean()
    ranking = auc(truth["present"], truth["score"], np.ones(len(truth)))
    plain, weighted = [], []
    for draw in range(DRAWS):
        found = results(truth, draw)
        one, weight = np.ones(len(found)), truncated(found["weight"].to_numpy())
        plain.append((found["label"].mean(), auc(found["label"], found["score"], one)))
        weighted.append((np.average(found["label"], weights=weight), auc(found["label"], found["score"], weight)))
    (plain_share, plain_auc), (share, ranked) = np.mean(plain, axis=0), np.mean(weighted, axis=0)
    error = np.std(weighted, axis=0) / np.sqrt(DRAWS)
    # Unweighted, a list says of itself that disease is common and that its score hardly ranks.
    assert plain_share > 1.4 * prevalence
    assert ranking - plain_auc > 0.05
    # Weighted, what is left is chance, and the tenth of the selection that truncation may cost.
    assert abs(share - prevalence) < 4 * error[0] + 0.1 * (plain_share - prevalence)
    assert abs(ranked - ranking) < 4 * error[1] + 0.1 * (ranking - plain_auc)


def test_the_card_says_how_many_labels_came_back_and_what_they_weigh(truth):
    found = results(truth, 0)
    weight = truncated(found["weight"].to_numpy())
    figures = told(found, weight)
    assert figures["weight_low"] == found["weight"].min()
    assert figures["weight_high"] == pytest.approx(np.quantile(found["weight"], 0.99))
    assert figures["weight_high"] <= figures["weight_high_before"]
    assert figures["effective"] < figures["labels"]
    assert abs(figures["labels"] - len(found)) <= 2  # rounded, as every count that leaves
    words = " ".join(card_words(figures))
    for shown in (
        f"{figures['labels']:,} results",
        "99th percentile",
        "Cole and Hernán",
        f"{figures['weight_high']:.1f}",
    ):
        assert shown in words
    few = told(found.iloc[:5], weight[:5])
    assert few["labels"] is None
    assert "≤ 7 results" in " ".join(card_words(few))
    assert card_words(None) == []
