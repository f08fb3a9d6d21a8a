"""Whatever the model and the cohort are, the report draws inside its frames, and what it draws adds up to the model."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.attribution import explain
from models.purified import purify
from models.tables import Curve, Surface, TableForm
from training.profile import feature_profile
from training.report.curves import curve_chart, pair_chart
from training.report.scales import Scale
from training.report.svg import BLUE, Frame

numbers = st.floats(-1e6, 1e6, allow_nan=False)
anything = st.floats(allow_nan=True, allow_infinity=True)
effects = st.floats(-30, 30, allow_nan=False)


@given(st.lists(st.tuples(anything, anything), max_size=30), st.booleans(), st.booleans())
def test_any_line_stays_inside_its_frame(points, steps, log):
    frame = Frame(Scale(0.5, 2, 40, 200, log=log), Scale(-3, 3, 150, 10))
    trace = frame.trace(points, steps=steps)
    places = [(command, float(number)) for command, number in re.findall(r"([HV])(-?[\d.]+)", trace)]
    places += [("H", float(x)) for x, _ in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", trace)]
    places += [("V", float(y)) for _, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", trace)]
    for command, at in places:
        low, high = (40, 200) if command == "H" else (10, 150)
        assert low - 0.06 <= at <= high + 0.06


@st.composite
def curves(draw, name="x"):
    edges = np.unique(draw(arrays(np.float64, st.integers(0, 120), elements=numbers)))
    return Curve(name, edges, draw(arrays(np.float64, len(edges) + 2, elements=effects)))


@given(curves(), st.floats(0, 3), arrays(np.float64, 60, elements=st.one_of(numbers, st.just(np.nan))))
def test_any_curve_is_drawn_inside_its_chart_with_and_without_a_profile(curve, slope, people):
    profiles = [{}, feature_profile("x", people, (np.arange(60) % 2).astype(np.float64))]
    for profile in profiles:
        chart = str(curve_chart(curve, slope, profile, {}, ("x", "x")))
        assert "nan" not in chart
        assert "inf" not in chart
        traces = re.findall(rf'<path d="([^"]*)" stroke="{BLUE}"', chart)
        assert traces or chart.count("<circle") == len(profile["levels"])
        for trace in traces:
            for x, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", trace):
                assert 43.9 <= float(x) <= 300
                assert 11.9 <= float(y) <= 138.1


@st.composite
def forms(draw):
    first, second = draw(curves("a")), draw(curves("b"))
    edges = tuple(np.unique(draw(arrays(np.float64, st.integers(0, 4), elements=numbers))) for _ in range(2))
    values = draw(arrays(np.float64, (len(edges[0]) + 2, len(edges[1]) + 2), elements=effects))
    return TableForm(draw(effects), (first, second), (Surface(("a", "b"), edges, values),))


@given(forms(), arrays(np.float64, (40, 2), elements=st.one_of(numbers, st.just(np.nan))))
def test_purified_curves_and_maps_add_up_to_the_raw_score(form, people):
    columns = {"a": people[:, 0], "b": people[:, 1]}
    found = purify(form, explain(form, columns))
    centred = found.centred(*found.means(columns))
    total = centred.base + sum(part.lookup(columns) for part in (*centred.curves, *centred.surfaces))
    np.testing.assert_allclose(total, form.raw(columns), atol=1e-9)
    curve_means, map_means = centred.means(columns)
    np.testing.assert_allclose(curve_means, 0, atol=1e-9)
    np.testing.assert_allclose(map_means, 0, atol=1e-9)


@given(forms(), arrays(np.float64, (40, 2), elements=numbers))
def test_a_map_holds_nothing_that_one_feature_does_alone(form, people):
    columns = {"a": people[:, 0], "b": people[:, 1]}
    found = purify(form, explain(form, columns))
    (surface,) = found.surfaces
    places = surface.cells(columns)
    for axis, other in ((0, places[1]), (1, places[0])):
        shares = np.bincount(other, minlength=surface.values.shape[1 - axis]) / len(other)
        along = surface.values @ shares if axis == 0 else shares @ surface.values
        np.testing.assert_allclose(along, along[0], atol=1e-9)


@given(forms(), st.floats(0, 3))
def test_any_pair_map_is_drawn(form, slope):
    (surface,) = form.surfaces
    chart = str(pair_chart(surface, slope, ({}, {}), 2.5, (("a", "a"), ("b", "b"))))
    assert "nan" not in chart
    assert chart.count('fill="#') >= 1


@given(arrays(np.float64, st.integers(1, 200), elements=st.one_of(st.integers(0, 9).map(float), st.just(np.nan))))
def test_a_profile_tells_of_no_fewer_than_eight(values):
    outcome = (np.arange(len(values)) % 3 == 0).astype(np.float64)
    profile = feature_profile("unheard_of", values, outcome)
    for level in profile.get("levels", []):
        assert (values == level).sum() >= 8
    missing = int(np.isnan(values).sum())
    if 0 < missing < 8 or 0 < len(values) - missing < 8:
        assert profile["missing"] is None
    for group, rows in (("event", values[outcome > 0]), ("no_event", values[outcome == 0])):
        if (~np.isnan(rows)).sum() < 8:
            assert "median" not in profile[group]
