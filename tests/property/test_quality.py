"""What must hold of any table: neither order nor names change the answer, and planted errors are found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.settings import settings as of_sanzao
from models.cell_model import get_cell_model
from models.quality import CellTable, combine, examine
from training.quality.evaluation import average_precision, figures


def planted(seed, rows=600):
    """Return a table of clinics with planted errors, and where they are: other clinics' values, slips, blanks."""
    rng = np.random.default_rng(seed)
    clinics = pd.DataFrame(
        {
            "clinic": [f"clinic {letter}{other}" for letter in "abcde" for other in "klmno"],
            "township": [f"{word}{end}" for word in ("north", "south", "upper", "lower", "great") for end in
                         ("field", "bridge", "water", "market", "harbour")],
            "postcode": [f"3{number:05d}" for number in rng.choice(99_999, 25, replace=False)],
            "owner": rng.choice(["county hospital", "health centre", "private practice"], 25),
        }
    )  # fmt: skip
    table = clinics.iloc[rng.integers(0, 25, rows)].reset_index(drop=True)
    table["visit"] = np.arange(rows)
    table["weight"] = rng.normal(68, 9, rows).round(1)
    clean = table.astype(str)
    dirty = clean.copy()
    for column in ("clinic", "township", "postcode", "owner"):
        for row in rng.choice(rows, rows // 40, replace=False):
            value = dirty.at[row, column]
            at = rng.integers(1, len(value) - 1)
            others = clean.loc[clean[column] != value, column]
            choices = [others.iloc[rng.integers(len(others))], value[:at] + "x" + value[at + 1 :], ""]
            dirty.at[row, column] = choices[rng.integers(3)]
    for row in rng.choice(rows, rows // 60, replace=False):
        dirty.at[row, "weight"] = str(round(float(clean.at[row, "weight"]) * 10, 1))
    return dirty, (dirty != clean).to_numpy()


def chances(frame):
    table = CellTable.of_frame(frame)
    return combine(examine(table), table.shape)


@pytest.mark.parametrize("seed", [1, 2])
def test_planted_errors_are_found_without_labels(seed):
    dirty, wrong = planted(seed)
    found = figures(chances(dirty).ravel(), wrong.ravel(), 0.5)
    assert found["f1"] > 0.9, found
    assert found["average_precision"] > 0.9


@settings(max_examples=8)
@given(st.integers(0, 10_000))
def test_order_and_names_change_nothing(seed):
    rng = np.random.default_rng(seed)
    dirty, _ = planted(seed, rows=120)
    rows, columns = rng.permutation(len(dirty)), rng.permutation(dirty.shape[1])
    moved = dirty.iloc[rows, columns].reset_index(drop=True)
    moved.columns = [f"column {number}" for number in rng.permutation(dirty.shape[1])]
    before, after = chances(dirty), chances(moved)
    np.testing.assert_allclose(after, before[np.ix_(rows, columns)], atol=1e-5)


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=2, max_size=60).filter(
        lambda cells: any(wrong for _, wrong in cells)
    )
)
def test_average_precision_is_that_of_scikit_learn(cells):
    from sklearn.metrics import average_precision_score

    chance = np.array([one for one, _ in cells])
    wrong = np.array([one for _, one in cells])
    assert average_precision(chance, wrong) == pytest.approx(average_precision_score(wrong, chance))


@pytest.mark.parametrize(("table", "least"), [("hospital", 0.85), ("flights", 0.75)])
def test_floor_on_real_tables_without_labels(table, least):
    folder = of_sanzao().quality / table
    if not (folder / "dirty.csv").is_file():
        pytest.skip(f"there is no {folder}: the real tables are not part of the repository")
    dirty, clean = (pd.read_csv(folder / name, dtype=str, keep_default_na=False) for name in ("dirty.csv", "clean.csv"))
    wrong = dirty.to_numpy() != clean.to_numpy()
    assert figures(chances(dirty).ravel(), wrong.ravel(), get_cell_model("wrong_cell").threshold)["f1"] >= least
