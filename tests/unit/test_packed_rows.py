"""The packed rows: what a write replaces, what a read gives, and what is refused."""

import numpy as np
import pytest

from features.errors import InvalidInputError, NotReadyError, UnknownNameError
from features.packed_layout import NEVER, LayoutMismatchError
from features.packed_rows import CHUNK, PackedRows

COLUMNS = ["labs:ldl", "labs:hdl", "vitals:sbp"]
NAN = np.nan


@pytest.fixture
def rows(tmp_path):
    return PackedRows.create(tmp_path / "online.db", COLUMNS)


def test_rows_come_in_the_order_asked_and_unknown_residents_are_missing(rows):
    rows.write([7, 3], [[1, 2, 3], [4, NAN, 6]], 100)
    found, moments, values = rows.read([3, 99, 7, 3])
    assert found.tolist() == [True, False, True, True]
    assert moments.tolist() == [100, NEVER, 100, 100]
    np.testing.assert_array_equal(values, [[4, NAN, 6], [NAN] * 3, [1, 2, 3], [4, NAN, 6]])


def test_nobody_may_be_asked_or_written(rows):
    rows.write(np.array([], dtype=np.int64), np.empty((0, 3)), 1)
    found, moments, values = rows.read([])
    assert (found.shape, moments.shape, values.shape) == ((0,), (0,), (0, 3))


def test_a_write_of_one_view_leaves_the_others_alone(rows):
    rows.write([1], [[1, 2, 3]], 100)
    rows.write([1, 2], [[9], [8]], 50, ["vitals:sbp"])
    rows.write([1, 2], [[9], [8]], 150, ["vitals:sbp"])
    found, moments, values = rows.read([1, 2], ["vitals:sbp", "labs:ldl"])
    np.testing.assert_array_equal(values, [[9, 1], [8, NAN]])
    assert moments.tolist() == [150, 150]
    found, moments, _ = rows.read([1, 2], ["labs:hdl"])
    assert (found.tolist(), moments.tolist()) == ([True, False], [100, NEVER])


def test_an_older_moment_never_wins_and_an_equal_one_does(rows):
    rows.write([1, 2], [[1, 1, 1], [2, 2, 2]], 100)
    rows.write([1, 2, 3], [[5, 5, 5]] * 3, [99, 100, 1])
    assert rows.read([1, 2, 3])[2][:, 0].tolist() == [1, 5, 5]


def test_a_whole_row_replaces_exactly_the_views_that_are_not_newer(rows):
    rows.write([1], [[1, 1, 1]], 10)
    rows.write([1], [[2]], 30, ["vitals:sbp"])
    rows.write([1], [[3, 3, 3]], 20)
    assert rows.read([1])[2].tolist() == [[3, 3, 2]]
    assert rows.read([1], ["labs:ldl"])[1].tolist() == [20]


def test_of_a_resident_who_comes_twice_the_newest_then_the_last_row_counts(rows):
    rows.write([1, 1, 1, 2, 2], [[1] * 3, [2] * 3, [3] * 3, [4] * 3, [5] * 3], [7, 9, 8, 1, 1])
    assert rows.read([1, 2])[2][:, 0].tolist() == [2, 5]


def test_more_rows_than_one_transaction_holds(rows):
    ids = np.random.default_rng(0).permutation(CHUNK * 2 + 1)
    rows.write(ids, np.repeat(ids[:, np.newaxis], 3, axis=1), 1)
    assert np.array_equal(rows.read(ids)[2][:, 1], ids)


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        (["labs:ldl", "labs:hdl"], "only stored: vitals:sbp"),
        ([*COLUMNS, "labs:crp"], "only declared: labs:crp"),
        (COLUMNS[::-1], "another order"),
    ],
)
def test_other_columns_than_the_stored_are_refused(rows, declared, said):
    other = PackedRows(rows.path, declared)
    with pytest.raises(LayoutMismatchError, match=said):
        other.read([1])
    with pytest.raises(LayoutMismatchError, match="features build"):
        other.write([1], np.zeros((1, len(declared))), 1)


def test_rows_are_laid_out_anew_by_name(rows):
    rows.write([1, 2], [[1, 2, 3], [4, 5, 6]], 10)
    rows.write([2], [[7]], 20, ["vitals:sbp"])
    after = PackedRows.create(rows.path, ["area:pm25", "labs:crp", "labs:hdl"])
    _, moments, values = after.read([1, 2])
    np.testing.assert_array_equal(values, [[NAN, NAN, 2], [NAN, NAN, 5]])
    assert moments.tolist() == [10, 10]
    assert not after.read([1], ["area:pm25"])[0].any()
    with pytest.raises(LayoutMismatchError):
        PackedRows(rows.path, COLUMNS).read([1])


def test_a_folder_that_was_replaced_is_seen_by_those_who_had_its_store_open(tmp_path):
    for name, value in (("now", 1), ("next", 2)):
        PackedRows.create(tmp_path / name / "online.db", COLUMNS).write([1], [[value] * 3], 10)
    rows = PackedRows(tmp_path / "now" / "online.db")
    assert rows.read([1])[2].tolist() == [[1, 1, 1]]
    (tmp_path / "now").rename(tmp_path / "before")
    (tmp_path / "next").rename(tmp_path / "now")
    assert rows.read([1])[2].tolist() == [[2, 2, 2]]
    rows.write([1], [[3, 3, 3]], 10)
    assert PackedRows(rows.path).read([1])[2].tolist() == [[3, 3, 3]]
    assert PackedRows(tmp_path / "before" / "online.db").read([1])[2].tolist() == [[1, 1, 1]]


def test_a_missing_or_damaged_file_says_how_to_make_it_anew(rows, tmp_path):
    with pytest.raises(NotReadyError, match="features build"):
        PackedRows(tmp_path / "none.db").read([1])
    (tmp_path / "noise.db").write_bytes(b"not a database " * 1000)
    with pytest.raises(NotReadyError, match="damaged"):
        PackedRows(tmp_path / "noise.db").write([1], [[1, 2, 3]], 1)
    (tmp_path / "empty.db").touch()
    with pytest.raises(NotReadyError, match="features build"):
        PackedRows(tmp_path / "empty.db").read([1])


def test_rows_of_another_length_are_damage_not_values(rows):
    rows.write([1], [[1, 2, 3]], 1)
    with rows._file.writing() as connection:
        connection.execute("UPDATE rows SET packed = x'00'")
    with pytest.raises(NotReadyError, match="damaged"):
        rows.read([1])


@pytest.mark.parametrize("values", [[1, 2, 3], [[1, 2]], [[1, 2, 3]] * 2])
def test_values_of_another_shape_are_refused(rows, values):
    with pytest.raises(InvalidInputError, match="shape"):
        rows.write([1], values, 1)


def test_what_is_no_whole_number_or_no_column_is_refused(rows):
    with pytest.raises(InvalidInputError, match="whole number"):
        rows.read([1.5])
    with pytest.raises(UnknownNameError, match="labs:ldl"):
        rows.read([1], ["labs:lbl"])
    for columns in ([], ["ldl"], ["labs:ldl", "labs:ldl"]):
        with pytest.raises(InvalidInputError, match="view:feature"):
            PackedRows(rows.path, columns)
