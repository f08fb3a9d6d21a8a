"""The table form: equal to LightGBM for every input, and the compiled kernel equal to plain NumPy."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Any

import lightgbm
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numba.core import caching

from features.compiled import compiled_for
from features.errors import InvalidInputError, UnknownNameError
from models.attribution import Attribution, explain
from models.collapse import BELOW_ZERO, ZERO, collapse
from models.tables import Array, Curve, DamagedTablesError, Surface, TableForm, bins
from serving.kernel import BLOCK, SPAN, Scorer

NAMES = ("steps", "score", "flag", "level", "tiny")
EXTREMES = [
    *(math.nan, math.inf, -math.inf, 0.0, -0.0, 1e-40, -1e-40, 5e-324, 1e300, -1e300, 1.7e308, -1.7e308),
    *(ZERO, -ZERO, np.nextafter(ZERO, 1), np.nextafter(ZERO, 0), BELOW_ZERO, np.nextafter(-ZERO, 0)),
]
quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# Variants of boosters that the table form must reproduce.
PAIRED = {"max_depth": -1, "num_leaves": 9, "interaction_constraints": [[0, 1], [1, 2], [3, 4]]}
FOREST = {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6}
VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "missing ignored": {"use_missing": False},
    "zero is missing": {"zero_as_missing": True},
    "monotone": {"monotone_constraints": [1, -1, 1, 0, 0]},
    "many leaves, two features a path": PAIRED,
    "many leaves, zero is missing": PAIRED | {"zero_as_missing": True},
    "dropout": {"boosting": "dart", "drop_rate": 0.5},
}


def people(rows: int, seed: int, missing: float) -> Array:
    """Return feature values (rows, 5): steps with many zeros, a score, a flag, a level, and values around 1e-35."""
    draw = np.random.default_rng(seed)
    values = np.column_stack(
        [
            np.round(draw.normal(0, 2, rows)),
            draw.normal(0, 1, rows),
            draw.integers(0, 2, rows),
            np.exp(draw.normal(0, 2, rows)),
            draw.choice([-3e-35, -ZERO, -1e-36, 0.0, 1e-36, ZERO, 3e-35, 1.0], rows),
        ]
    )
    values[draw.random(values.shape) < missing] = np.nan
    return values


def fitted(parameters: Mapping[str, Any], seed: int, depth: int = 2, missing: float = 0.2) -> lightgbm.Booster:
    """Return a small booster whose features interact and whose missing values carry information."""
    values = people(500, seed, missing)
    known = np.nan_to_num(values)
    signal = known[:, 0] * known[:, 1] + known[:, 2] - 2 * np.isnan(values[:, 2]) + np.sign(known[:, 4])
    outcome = signal + np.random.default_rng(seed).normal(0, 1, len(values)) > 0
    shape = {"max_depth": depth, "num_leaves": 2**depth, "min_data_in_leaf": 5, "learning_rate": 0.3}
    fixed = {"objective": "binary", "seed": seed, "num_threads": 1, "deterministic": True, "verbose": -1}
    data = lightgbm.Dataset(values, outcome.astype(float), feature_name=list(NAMES))
    return lightgbm.train({**fixed, **shape, **parameters}, data, num_boost_round=15)


def neighbours(values: Array) -> tuple[Array, Array]:
    """Return the next number above and the next below; infinity is above the largest."""
    with np.errstate(over="ignore"):
        return np.nextafter(values, np.inf), np.nextafter(values, -np.inf)


def probes(booster: lightgbm.Booster, seed: int, rows: int = 400) -> Array:
    """Return rows that mix ordinary values, extremes, and every threshold with its two neighbours."""
    draw = np.random.default_rng(seed)
    lines = re.findall(r"^threshold=(.+)$", booster.model_to_string(), re.MULTILINE)
    thresholds = np.array([float(number) for line in lines for number in line.split()])
    around = np.concatenate([thresholds, *neighbours(thresholds)])
    values = people(rows, seed + 1, 0.1)
    for pool, share in ((np.array(EXTREMES), 0.3), (around, 0.5)):
        chosen = draw.random(values.shape) < share
        values[chosen] = draw.choice(pool, chosen.sum())
    return values


def by_name(values: Array) -> dict[str, Array]:
    """Return the columns of a matrix in the order of `NAMES`."""
    return dict(zip(NAMES, values.T, strict=True))


# --- the table form against LightGBM ---


@pytest.mark.parametrize("variant", VARIANTS)
@settings(quick, max_examples=8)
@given(seed=st.integers(0, 10_000), depth=st.sampled_from([1, 2]), missing=st.sampled_from([0.0, 0.2]))
def test_collapse_equals_the_booster(variant: str, seed: int, depth: int, missing: float) -> None:
    booster = fitted({"max_depth": depth, "num_leaves": 2**depth} | VARIANTS[variant], seed, depth, missing)
    values = probes(booster, seed)
    expected = booster.predict(values, raw_score=True)
    np.testing.assert_allclose(collapse(booster, NAMES).raw(by_name(values)), expected, rtol=0, atol=1e-9)


def test_collapse_knows_a_split_of_the_missing_from_the_present() -> None:
    # Such a split has the threshold infinity: no finite edge, and yet two answers.
    flag = np.repeat([1.0, np.nan], 100)[:, np.newaxis]
    data = lightgbm.Dataset(flag, np.isnan(flag[:, 0]).astype(float), feature_name=["flag"])
    booster = lightgbm.train({"objective": "binary", "num_leaves": 2, "verbose": -1}, data, num_boost_round=3)
    form = collapse(booster, ["flag"])
    values = np.array([[1.0], [np.inf], [-np.inf], [np.nan]])
    raw = form.raw({"flag": values[:, 0]})
    assert raw[3] > raw[0]
    np.testing.assert_allclose(raw, booster.predict(values, raw_score=True), rtol=0, atol=1e-12)


def test_collapse_stops_at_the_best_iteration_as_predict_does() -> None:
    booster = fitted({}, seed=3)
    booster.best_iteration = 4
    values = probes(booster, 3)
    expected = booster.predict(values, raw_score=True)
    assert not np.allclose(expected, booster.predict(values, raw_score=True, num_iteration=15))
    np.testing.assert_allclose(collapse(booster, NAMES).raw(by_name(values)), expected, rtol=0, atol=1e-9)


def test_collapse_of_trees_that_found_nothing_is_their_constant() -> None:
    data = lightgbm.Dataset(np.zeros((50, 1)), np.arange(50) % 5 == 0)
    booster = lightgbm.train({"objective": "binary", "verbose": -1}, data, num_boost_round=2)
    form = collapse(booster, ["nothing"])
    assert form.features == ()
    np.testing.assert_allclose(form.raw({"other": np.zeros(3)}), math.log(0.2 / 0.8), atol=1e-9)


def categorical() -> lightgbm.Booster:
    codes = np.tile(np.arange(10.0), 40)[:, np.newaxis]
    data = lightgbm.Dataset(codes, np.isin(codes[:, 0], [1, 4, 7]).astype(float), categorical_feature=[0])
    options = {"objective": "binary", "min_data_in_leaf": 1, "min_data_per_group": 1, "verbose": -1}
    return lightgbm.train(options, data, num_boost_round=2)


def multiclass() -> lightgbm.Booster:
    values = people(300, 0, 0.0)
    data = lightgbm.Dataset(values, np.digitize(values[:, 1], [-0.5, 0.5]))
    options = {"objective": "multiclass", "num_class": 3, "verbose": -1}
    return lightgbm.train(options, data, num_boost_round=2)


@pytest.mark.parametrize(
    ("booster", "names", "message"),
    [
        (categorical, ["code"], "Encode categories"),
        (multiclass, NAMES, "one model an outcome"),
        (lambda: fitted(FOREST, 0), NAMES, "boosting='gbdt'"),
        (lambda: fitted({"linear_tree": True}, 0), NAMES, "linear_tree=false"),
        (lambda: fitted({"max_depth": 3, "num_leaves": 8}, 0), NAMES, "max_depth=2"),
        (lambda: fitted({}, 0), NAMES[:4], "trained on 5 features, but 4"),
        (lambda: fitted({}, 0), NAMES[::-1], "order of training: steps"),
        (lambda: fitted({}, 0), ("a", "b", "c", "d", "a"), "repeated: a"),
    ],
)
def test_collapse_refuses_what_has_no_table_form(booster: Any, names: tuple[str, ...], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        collapse(booster(), names)


# --- tables of any making ---

finite_numbers = st.floats(allow_nan=False, allow_infinity=False, width=64)
some_edges = hnp.arrays(
    np.float64, st.integers(0, 6), elements=st.one_of(finite_numbers, st.sampled_from(EXTREMES[3:])), unique=True
).map(np.unique)


@st.composite
def forms(draw: st.DrawFn, whole: bool = False) -> TableForm:
    """Draw a table form over features a, b, c; `whole` draws whole numbers, whose sums are exact."""
    number = st.integers(-1000, 1000).map(float) if whole else st.floats(-50, 50, width=64)

    def curve(name: str) -> Curve:
        edges = draw(some_edges)
        return Curve(name, edges, draw(hnp.arrays(np.float64, len(edges) + 2, elements=number)))

    def surface(pair: tuple[str, str]) -> Surface:
        edges = (draw(some_edges), draw(some_edges))
        shape = (len(edges[0]) + 2, len(edges[1]) + 2)
        return Surface(pair, edges, draw(hnp.arrays(np.float64, shape, elements=number)))

    pairs = draw(st.lists(st.sampled_from(list(permutations("abc", 2))), max_size=3, unique_by=frozenset))
    names = draw(st.lists(st.sampled_from("abc"), max_size=3, unique=True))
    return TableForm(draw(number), tuple(map(curve, names)), tuple(map(surface, pairs)))


def cases(*some: TableForm, rows: int = 60, seed: int = 0) -> dict[str, Array]:
    """Return columns a, b, c that mix extremes with the forms' own edges and their neighbours."""
    edges = [axis for form in some for curve in form.curves for axis in [curve.edges]]
    edges += [axis for form in some for surface in form.surfaces for axis in surface.edges]
    exact = np.concatenate([*edges, EXTREMES])
    pool = np.concatenate([exact, *neighbours(exact)])
    draw = np.random.default_rng(seed)
    return {name: draw.choice(pool, rows) for name in "abc"}


@given(edges=some_edges, values=st.lists(st.one_of(st.floats(), st.sampled_from(EXTREMES))))
def test_the_bin_is_the_number_of_edges_below(edges: Array, values: list[float]) -> None:
    exact = [*values, *edges]
    expected = [len(edges) + 1 if math.isnan(x) else sum(edge < x for edge in edges) for x in exact]
    assert bins(edges, np.array(exact)).tolist() == expected


@quick
@given(one=forms(whole=True), other=forms(whole=True), third=forms(whole=True))
def test_adding_and_scaling_are_exact(one: TableForm, other: TableForm, third: TableForm) -> None:
    columns = cases(one, other, third)
    total = one.add(other, third)
    assert np.array_equal(total.raw(columns), one.raw(columns) + other.raw(columns) + third.raw(columns))
    assert np.array_equal(one.scaled(-0.25).raw(columns), one.raw(columns) * -0.25)
    assert total.features == tuple(sorted({*one.features, *other.features, *third.features}))


def bits(form: TableForm) -> list[object]:
    """Return everything in a form, numbers as their bytes, so that -0.0 is not 0.0."""
    curves = [(c.feature, c.edges.tobytes(), c.values.tobytes()) for c in form.curves]
    surfaces = [(s.features, *(e.tobytes() for e in s.edges), s.values.tobytes()) for s in form.surfaces]
    return [np.float64(form.intercept).tobytes(), *curves, *surfaces]


def part_bits(attribution: Attribution) -> list[object]:
    """Return everything in an attribution, numbers as their bytes."""
    surfaces = [part.tobytes() for pair in attribution.surfaces for part in pair]
    return [np.float64(attribution.base).tobytes(), *(part.tobytes() for part in attribution.curves), *surfaces]


@quick
@given(form=forms())
def test_json_keeps_every_bit(form: TableForm) -> None:
    attribution = explain(form, cases(form))
    assert bits(TableForm.from_dict(json.loads(json.dumps(form.to_dict())))) == bits(form)
    again = Attribution.from_dict(json.loads(json.dumps(attribution.to_dict())))
    assert part_bits(again) == part_bits(attribution)


def stored() -> dict[str, Any]:
    """Return a sound form as it is stored."""
    surface = Surface(("a", "b"), (np.array([1.0, 2.0]), np.array([0.5])), np.arange(12.0).reshape(4, 3))
    return TableForm(0.5, (Curve("a", np.array([1.0, 2.0]), np.arange(4.0)),), (surface,)).to_dict()


DAMAGE: dict[str, tuple[list[Any], Any]] = {
    "intercept is text": (["intercept"], "0.5"),
    "intercept is not a number": (["intercept"], math.nan),
    "no curves": (["curves"], None),
    "a curve is a list": (["curves", 0], [1.0]),
    "no name": (["curves", 0, "feature"], None),
    "edges fall": (["curves", 0, "edges"], [2.0, 1.0]),
    "edges repeat": (["curves", 0, "edges"], [1.0, 1.0]),
    "an edge is infinite": (["curves", 0, "edges"], [1.0, math.inf]),
    "edges are text": (["curves", 0, "edges"], ["1", "2"]),
    "a value is gone": (["curves", 0, "values"], [0.0, 1.0, 2.0]),
    "a value is missing": (["curves", 0, "values"], [0.0, 1.0, 2.0, None]),
    "values overflow": (["curves", 0, "values"], [0.0, 1.0, 2.0, math.inf]),
    "three features": (["surfaces", 0, "features"], ["a", "b", "c"]),
    "one feature twice": (["surfaces", 0, "features"], ["a", "a"]),
    "one axis": (["surfaces", 0, "edges"], [[1.0, 2.0]]),
    "ragged values": (["surfaces", 0, "values"], [[0.0], [1.0, 2.0]]),
    "transposed values": (["surfaces", 0, "values"], np.zeros((3, 4)).tolist()),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_tables_are_refused(damage: str) -> None:
    path, value = DAMAGE[damage]
    content = stored()
    TableForm.from_dict(content)
    part: Any = content
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    with pytest.raises(DamagedTablesError, match=r"damaged: .+ Train it again"):
        TableForm.from_dict(content)


@pytest.mark.parametrize("entry", ["intercept", "curves", "surfaces"])
def test_missing_entries_are_refused(entry: str) -> None:
    content = stored()
    del content[entry]
    with pytest.raises(DamagedTablesError, match=entry):
        TableForm.from_dict(content)


def test_two_tables_over_the_same_features_are_refused() -> None:
    content = stored()
    content["surfaces"].append({"features": ["b", "a"], "edges": [[], []], "values": np.zeros((2, 2)).tolist()})
    with pytest.raises(DamagedTablesError, match="several tables over a by b"):
        TableForm.from_dict(content)


def test_a_model_cannot_be_changed_through_its_arrays() -> None:
    edges = np.array([1.0])
    curve = Curve("a", edges, np.zeros(3))
    edges[0] = 5.0
    assert curve.edges[0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        curve.values[0] = 1.0


def test_unfit_columns_are_refused() -> None:
    form = TableForm.from_dict(stored())
    with pytest.raises(UnknownNameError, match="no column 'b'"):
        form.raw({"a": np.zeros(2)})
    with pytest.raises(InvalidInputError, match="equally long"):
        form.raw({"a": np.zeros(2), "b": np.zeros(3)})
    with pytest.raises(InvalidInputError, match="Column 'a' must hold numbers"):
        form.raw({"a": np.array(["high"]), "b": np.zeros(1)})


# --- contributions ---


def shapley(form: TableForm, person: dict[str, float], background: dict[str, Array]) -> dict[str, float]:
    """Return Shapley values by their definition: the mean over all orders in which features become known."""
    players = "abc"

    def worth(known: frozenset[str]) -> float:
        mixed = {n: np.full_like(z, person[n]) if n in known else z for n, z in background.items()}
        return float(form.raw(mixed).mean())

    worths = {frozenset(some): worth(frozenset(some)) for size in range(4) for some in combinations(players, size)}
    total = dict.fromkeys(players, 0.0)
    orders = list(permutations(players))
    for order in orders:
        for place, name in enumerate(order):
            before = frozenset(order[:place])
            total[name] += (worths[before | {name}] - worths[before]) / len(orders)
    return total


@quick
@given(form=forms(), seed=st.integers(0, 1000))
def test_contributions_are_shapley_values(form: TableForm, seed: int) -> None:
    background, people_ = cases(form, rows=17, seed=seed), cases(form, rows=3, seed=seed + 1)
    attribution = explain(form, background)
    found = attribution.contributions(form, people_)
    assert attribution.base == pytest.approx(form.raw(background).mean(), abs=1e-9)
    for row in range(3):
        expected = shapley(form, {name: column[row] for name, column in people_.items()}, background)
        for name in "abc":
            assert found.get(name, np.zeros(3))[row] == pytest.approx(expected[name], abs=1e-9)


def test_contributions_of_another_model_are_refused() -> None:
    form, other = TableForm.from_dict(stored()), TableForm(0.0, (), ())
    attribution = explain(other, {})
    for use in (
        lambda: attribution.contributions(form, {"a": np.zeros(1), "b": np.zeros(1)}),
        lambda: Scorer([(form, attribution, 1.0, 0.0)]),
    ):
        with pytest.raises(InvalidInputError, match="another model"):
            use()
    with pytest.raises(InvalidInputError, match="at least one row"):
        explain(form, {"a": np.zeros(0), "b": np.zeros(0)})


# --- the compiled kernel against plain NumPy ---


@dataclass(frozen=True)
class Compiled:
    """Models with their scorers on one thread and on two."""

    models: list[tuple[TableForm, Attribution, float, float]]
    one: Scorer
    two: Scorer

    @classmethod
    def of(cls, some: list[TableForm], background: dict[str, Array]) -> Compiled:
        """Compile forms with made-up calibrations."""
        models = [(form, explain(form, background), 1.0 + i / 3, -i / 7) for i, form in enumerate(some)]
        return cls(models, Scorer(models, threads=1), Scorer(models, threads=2))


def compare_with_numpy(compiled: Compiled, columns: dict[str, Array]) -> None:
    """Assert that scores, risks, contributions and reasons are those of the plain tables."""
    scores = compiled.one.score(columns)
    reasons = compiled.one.reasons(columns, k=2)
    features = compiled.one.features
    for place, (form, attribution, slope, intercept) in enumerate(compiled.models):
        raw = form.raw(columns)
        assert np.array_equal(scores.raw[:, place], raw)
        risk = 1 / (1 + np.exp(-np.clip(intercept + slope * raw, -708, 708)))
        np.testing.assert_allclose(scores.risk[:, place], risk, rtol=1e-14)
        named = attribution.contributions(form, columns)
        expected = np.reshape([named.get(name, np.zeros(len(raw))) for name in features], (-1, len(raw))).T
        found = compiled.one.contributions(columns, place)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
        np.testing.assert_allclose(found.sum(axis=1) + compiled.one.base[place], raw, rtol=0, atol=1e-9)
        largest = np.argsort(-np.abs(found), axis=1, kind="stable")[:, :2]
        value = np.take_along_axis(found, largest, axis=1)
        value, largest = (np.pad(x, ((0, 0), (0, 2 - x.shape[1]))) for x in (value, largest))
        assert np.array_equal(reasons.contribution[:, place], value)
        assert np.array_equal(reasons.feature[:, place], np.where(value == 0, -1, largest))


@quick
@example(some=[TableForm(1.0, (), ()), TableForm(-800.0, (), ())])
@given(some=st.lists(forms(), min_size=1, max_size=3))
def test_kernel_equals_numpy(some: list[TableForm]) -> None:
    columns = cases(*some, rows=200)
    compare_with_numpy(Compiled.of(some, cases(*some, rows=20, seed=1)), columns)


@pytest.fixture(scope="module")
def city() -> tuple[Compiled, Array]:
    """Three boosters and more rows than two threads take at a time, as a matrix in the scorer's order."""
    boosters = [fitted(VARIANTS[v], seed) for seed, v in enumerate(["plain", "zero is missing", "monotone"])]
    some = [collapse(booster, NAMES) for booster in boosters]
    compiled = Compiled.of(some, by_name(people(200, 9, 0.2)))
    matrix = np.concatenate([probes(booster, seed, rows=SPAN) for seed, booster in enumerate(boosters)])
    columns = by_name(matrix[: 2 * SPAN + BLOCK + 7])
    return compiled, np.column_stack([columns[name] for name in compiled.one.features])


def test_kernel_equals_numpy_on_boosters(city: tuple[Compiled, Array]) -> None:
    compiled, matrix = city
    compare_with_numpy(compiled, dict(zip(compiled.one.features, matrix.T, strict=True)))


def test_a_result_depends_neither_on_threads_nor_on_the_batch(city: tuple[Compiled, Array]) -> None:
    compiled, matrix = city
    bulk, again = compiled.one.score(matrix), compiled.two.score(matrix)
    assert np.array_equal(bulk.raw, again.raw)
    assert np.array_equal(bulk.risk, again.risk)
    reasons, same_reasons = compiled.one.reasons(matrix, 3), compiled.two.reasons(matrix, 3)
    assert np.array_equal(reasons.contribution, same_reasons.contribution)
    assert np.array_equal(reasons.feature, same_reasons.feature)
    contributions = compiled.one.contributions(matrix, 1)
    assert np.array_equal(contributions, compiled.two.contributions(matrix, 1))
    # Odd places, so that rows from the ends of blocks and of vector loops are among them.
    for row in [*range(0, len(matrix), 331), BLOCK - 1, SPAN - 1, SPAN, len(matrix) - 1]:
        alone = compiled.two.score(dict(zip(compiled.one.features, matrix[row : row + 1].T, strict=True)))
        assert np.array_equal(alone.raw[0], bulk.raw[row])
        assert np.array_equal(alone.risk[0], bulk.risk[row])
        assert np.array_equal(compiled.one.contributions(matrix[row : row + 1], 1)[0], contributions[row])


def test_requests_may_come_at_once(city: tuple[Compiled, Array]) -> None:
    compiled, matrix = city
    expected = compiled.one.score(matrix).risk
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: compiled.two.score(matrix).risk, range(8)))
    assert all(np.array_equal(result, expected) for result in results)


def test_kernel_refuses_unfit_input(city: tuple[Compiled, Array]) -> None:
    compiled, matrix = city
    for unfit in (matrix[:, :-1], matrix[0], np.zeros(matrix.shape, np.float32)):
        with pytest.raises(InvalidInputError, match="matrix of"):
            compiled.one.score(unfit)
    with pytest.raises(UnknownNameError, match="no column"):
        compiled.one.score({"steps": np.zeros(1)})
    with pytest.raises(InvalidInputError, match="at least one reason"):
        compiled.one.reasons(matrix, 0)
    with pytest.raises(IndexError):
        compiled.one.contributions(matrix, 3)
    many = TableForm(0.0, (Curve("a", np.arange(65535.0), np.zeros(65537)),), ())
    with pytest.raises(InvalidInputError, match="65535 edges"):
        Scorer([(many, explain(many, {"a": np.zeros(1)}), 1.0, 0.0)])


def test_the_most_bins_that_fit_are_told_apart() -> None:
    edges = np.arange(65534.0)
    form = TableForm(0.0, (Curve("a", edges, np.arange(65536.0)),), ())
    column = {"a": np.array([-1.0, 0.0, 0.5, 65533.0, np.inf, np.nan])}
    scorer = Scorer([(form, explain(form, column), 1.0, 0.0)])
    assert scorer.score(column).raw[:, 0].tolist() == [0, 0, 1, 65533, 65534, 65535]


def _no_cache_folder(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(caching.CacheImpl, "_locator_classes", [])


def _full_disk(patch: pytest.MonkeyPatch) -> None:
    def save(*_: object) -> None:
        raise OSError(28, "No space left on device")

    patch.setattr(caching.IndexDataCacheFile, "save", save)


@pytest.mark.parametrize("obstacle", [_no_cache_folder, _full_disk])
def test_kernel_compiles_where_nothing_can_be_kept(obstacle: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    obstacle(monkeypatch)

    def doubled(values: Array, result: Array) -> None:
        for row in range(len(values)):
            result[row] = 2 * values[row]

    result = np.zeros(2)
    compiled_for("void(f8[::1], f8[::1])")(doubled)(np.array([1.0, 2.0]), result)
    assert result.tolist() == [2.0, 4.0]
