"""Must never happen, 1: a feature that looks past its index date, or at a record not yet known then."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from features.history import history
from features.lake import build_lake
from features.sources import get_source
from features.store import build_store
from tests.conftest import use

DATE_COLUMNS = {
    "measurement": "measurement_date",
    "observation": "observation_date",
    "condition_occurrence": "condition_start_date",
    "drug_exposure": "drug_exposure_start_date",
}
PEOPLE = 300


def small(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    chosen = tables["person"]["person_id"].iloc[:PEOPLE]
    return {name: table[table["person_id"].isin(chosen)].reset_index(drop=True) for name, table in tables.items()}


def index_dates(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return for each person the day of the second examination, or of the first where there is one only."""
    days = tables["measurement"].groupby("person_id")["measurement_date"].unique()
    dates = [sorted(found)[min(1, len(found) - 1)] for found in days]
    return pd.DataFrame({"person_id": days.index, "index_date": pd.to_datetime(dates, utc=True)})


def features_of(root, tables, index):
    """Build lake and store from `tables` and return the features at the index dates."""
    source = replace(get_source("framingham"), fingerprint=lambda: root.name, load=lambda: tables)
    with use(root):
        build_lake(source)
        build_store(source)
        return history("framingham", index)


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    tables = small(get_source("framingham").load())
    index = index_dates(tables)
    return tables, index, features_of(tmp_path_factory.mktemp("original"), tables, index)


def changed_after_index(tables, index, change):
    """Return `tables` with `change` applied to every record dated after its person's index date."""
    when = index.set_index("person_id")["index_date"]
    result = dict(tables)
    for name, column in DATE_COLUMNS.items():
        table = tables[name].copy()
        later = table[column] > table["person_id"].map(when)
        assert later.any(), name
        result[name] = change(table, later, column)
    return result


def test_shifting_every_later_record_changes_no_feature(original, tmp_path):
    tables, index, before = original

    def shift(table, later, column):
        table.loc[later, column] += pd.Timedelta(days=500)
        table.loc[later, "known_at"] += pd.Timedelta(days=500)
        return table

    after = features_of(tmp_path, changed_after_index(tables, index, shift), index)
    pd.testing.assert_frame_equal(after, before, check_exact=True)


def test_removing_every_later_record_changes_no_feature(original, tmp_path):
    tables, index, before = original
    after = features_of(tmp_path, changed_after_index(tables, index, lambda table, later, _: table[~later]), index)
    pd.testing.assert_frame_equal(after, before, check_exact=True)


def test_a_record_known_only_later_is_as_if_it_were_not_there(original, tmp_path_factory):
    tables, index, before = original
    when = index.set_index("person_id")["index_date"]
    late, absent = dict(tables), dict(tables)
    for name, column in DATE_COLUMNS.items():
        table = tables[name].copy()
        on_the_day = table[column] == table["person_id"].map(when)
        absent[name] = table[~on_the_day]
        late[name] = table.assign(known_at=table["known_at"].mask(on_the_day, table["known_at"] + pd.Timedelta(days=1)))
    known_later = features_of(tmp_path_factory.mktemp("late"), late, index)
    never_there = features_of(tmp_path_factory.mktemp("absent"), absent, index)
    pd.testing.assert_frame_equal(known_later, never_there, check_exact=True)
    # The test would prove nothing if those records did not matter.
    assert not known_later["systolic_bp"].equals(before["systolic_bp"])
