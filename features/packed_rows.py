"""All features of a resident in one packed row, read and written by column arrays.

    rows    person_id INTEGER PRIMARY KEY, moment (the newest of its views' moments), packed (see `packed_layout`)
    layout  the ordered column names, and their fingerprint

A newer view is never overwritten by an older one; at the same moment the later write wins, so that a mistake can be
corrected. Each row changes whole or not at all. A large write is several transactions: others get their turn in
between, and readers may see a part of it; what it acknowledges by returning is all on disk.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from features.errors import InvalidInputError, NotReadyError
from features.packed_file import REBUILD, PackedFile
from features.packed_layout import NEVER, NUMBER, WORD, Layout, Words

CHUNK = 20_000  # rows a transaction: others wait for some 50 ms, and the log stays small
UPSERT = """
    INSERT INTO rows VALUES (?, ?, ?) ON CONFLICT (person_id) DO UPDATE
    SET moment = excluded.moment, packed = excluded.packed WHERE excluded.moment >= moment
"""


class PackedRows:
    """The packed rows in one file.

    Parameters
    ----------
    path
        The SQLite file.
    columns
        The columns, `view:feature`, that the caller relies on, in order; None takes them as they are stored.

    Notes
    -----
    May be shared by threads and used after a fork. Every method raises NotReadyError if the file is missing or damaged
    and LayoutMismatchError if the stored columns are not `columns`.
    """

    def __init__(self, path: Path, columns: Sequence[str] | None = None) -> None:
        self.path = path
        self._declared = None if columns is None else Layout.of(columns)
        self._known = self._declared
        self._file = PackedFile(path)

    @classmethod
    def create(cls, path: Path, columns: Sequence[str]) -> PackedRows:
        """Return the rows at `path` with the given columns, made or laid out anew where they are not so yet."""
        cls(path).lay_out(lambda _: columns)
        return cls(path, columns)

    def lay_out(self, change: Callable[[tuple[str, ...]], Sequence[str]]) -> None:
        """Give all rows new columns, in one transaction; values are carried over by name, new ones are missing.

        Parameters
        ----------
        change
            Returns the new columns, given the stored ones (none at first).
        """
        self._file.create()
        with self._file.writing() as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS layout (fingerprint TEXT NOT NULL, columns TEXT NOT NULL)")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS rows "
                "(person_id INTEGER PRIMARY KEY, moment INTEGER NOT NULL, packed BLOB NOT NULL)"
            )
            stored = connection.execute("SELECT columns FROM layout").fetchone()
            before = Layout.read(stored[0]) if stored else None
            after = Layout.of(change(before.columns if before else ()))
            if before == after:
                return
            if before:
                self._carry_over(connection, before, after)
            connection.execute("DELETE FROM layout")
            connection.execute("INSERT INTO layout VALUES (?, ?)", (after.fingerprint, after.text()))

    @property
    def columns(self) -> tuple[str, ...]:
        """The stored columns, in order."""
        with self._file.reading() as connection:
            return self._layout(connection).columns

    def write(self, ids: ArrayLike, values: ArrayLike, moment: ArrayLike, columns: Sequence[str] | None = None) -> None:
        """Write residents' values as they hold at a moment; the other columns of their rows stay as they are.

        Parameters
        ----------
        ids
            int64 (n,), person_id; if one comes twice, its newest, then its last row counts.
        values
            float64 (n, columns), NaN where missing.
        moment
            int64, one or (n,): microseconds UTC since 1970.
        columns
            Which columns `values` holds; None: all of them, in the stored order, which is much the fastest.

        Raises
        ------
        InvalidInputError
            If the shapes or types do not fit.
        UnwritableFolderError
            If the disk is full or the file may not be written.
        """
        people = _whole_numbers(ids, "person_id")
        moments = np.broadcast_to(_whole_numbers(moment, "moment"), people.shape)
        table = np.asarray(values, dtype=NUMBER)
        chosen = _newest_of_each(people, moments)
        for part in _chunks(len(chosen)):
            rows = chosen[part]
            with self._file.writing() as connection:
                layout = self._layout(connection)
                places = np.arange(len(layout.columns)) if columns is None else layout.places(columns)
                if table.shape != (len(people), len(places)):
                    raise InvalidInputError(
                        f"Values of shape {table.shape} were given for {len(people)} residents and {len(places)} "
                        f"columns of {self.path}. Give one row a resident and one column a feature."
                    )
                if columns is None and self._overwrite(connection, layout, people[rows], table[rows], moments[rows]):
                    continue
                self._merge(connection, layout, people[rows], table[rows], moments[rows], places)

    def read(
        self, ids: ArrayLike, columns: Sequence[str] | None = None
    ) -> tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.float64]]:
        """Return residents' rows in the order asked, all of one committed state.

        Parameters
        ----------
        ids
            int64 (n,), person_id; one may come twice.
        columns
            The columns wanted, in the order wanted; None: all of them.

        Returns
        -------
        found
            bool (n,): whether anything was ever written to the views of these columns.
        moments
            int64 (n,): the newest moment of these views, microseconds UTC since 1970; `NEVER` where not found.
        values
            float64 (n, columns): NaN where missing or not found.
        """
        people = _whole_numbers(ids, "person_id")
        with self._file.reading() as connection:
            layout = self._layout(connection)
            words = self._fetch(connection, layout, people)
        heads = len(layout.views)
        if columns is None:
            moments, body = words[:, :heads].max(axis=1), words[:, heads:]
        else:
            places = layout.places(columns)
            moments = words[:, np.unique(layout.owners[places])].max(axis=1)
            body = words[:, heads + places]
        values = np.ascontiguousarray(body).view(NUMBER).astype(np.float64, copy=False)
        return moments != NEVER, moments.astype(np.int64, copy=False), values

    def close(self) -> None:
        """Close this thread's connection; it is opened again when needed."""
        self._file.close()

    def remove(self) -> None:
        """Delete the file."""
        self._file.remove()

    def _layout(self, connection: sqlite3.Connection) -> Layout:
        """Return the stored layout, parsed only when it is not the one known, and check it against the declared."""
        (fingerprint,) = connection.execute("SELECT fingerprint FROM layout").fetchone() or (None,)
        if self._known is not None and fingerprint == self._known.fingerprint:
            return self._known
        stored = connection.execute("SELECT columns FROM layout").fetchone()
        if stored is None:
            raise NotReadyError(f"The online store at {self.path} has no columns yet. {REBUILD}")
        layout = Layout.read(stored[0])
        if self._declared is not None:
            layout.check(self._declared, self.path)
        self._known = layout
        return layout

    def _overwrite(
        self,
        connection: sqlite3.Connection,
        layout: Layout,
        people: NDArray[np.int64],
        table: NDArray[np.float64],
        moments: NDArray[np.int64],
    ) -> bool:
        """Write whole rows unseen and return True, unless in some of them a view is newer; these are left alone."""
        heads = len(layout.views)
        words = np.empty((len(people), layout.width), dtype=WORD)
        words[:, :heads] = moments[:, np.newaxis]
        words[:, heads:].view(NUMBER)[:] = table
        return _put(connection, people, moments, words) == len(people)

    def _merge(
        self,
        connection: sqlite3.Connection,
        layout: Layout,
        people: NDArray[np.int64],
        table: NDArray[np.float64],
        moments: NDArray[np.int64],
        places: NDArray[np.intp],
    ) -> None:
        """Read rows, replace the given columns of those views that are not newer, write them back."""
        words = self._fetch(connection, layout, people)
        heads, owners = len(layout.views), layout.owners[places]
        numbers = words[:, heads:].view(NUMBER)
        for view in np.unique(owners):
            mine = owners == view
            due = moments >= words[:, view]
            words[due, view] = moments[due]
            numbers[np.ix_(due, places[mine])] = table[np.ix_(due, mine)]
        _put(connection, people, words[:, :heads].max(axis=1), words)

    def _fetch(self, connection: sqlite3.Connection, layout: Layout, people: NDArray[np.int64]) -> Words:
        """Return the rows of `people` as words (n, width), in their order, empty ones for the unknown."""
        known, back = np.unique(people, return_inverse=True)
        words = np.repeat(layout.empty[np.newaxis], len(known), axis=0)
        for part in _chunks(len(known)):
            answer = connection.execute(
                "SELECT person_id, packed FROM rows WHERE person_id IN (SELECT value FROM json_each(?))",
                (json.dumps(known[part].tolist()),),
            ).fetchall()
            if answer:
                found, packed = zip(*answer, strict=True)
                words[np.searchsorted(known, found)] = self._unpack(packed, layout)
        return words[back]

    def _unpack(self, packed: Sequence[bytes], layout: Layout) -> Words:
        joined = b"".join(packed)
        if any(len(row) != WORD.itemsize * layout.width for row in packed):
            raise NotReadyError(f"The online store at {self.path} is damaged (rows of other lengths). {REBUILD}")
        return np.frombuffer(joined, dtype=WORD).reshape(len(packed), layout.width)

    def _carry_over(self, connection: sqlite3.Connection, before: Layout, after: Layout) -> None:
        kept = [column for column in after.columns if column in before.columns]
        views = [view for view in after.views if view in before.views]
        source = [before.views.index(view) for view in views] + (len(before.views) + before.places(kept)).tolist()
        target = [after.views.index(view) for view in views] + (len(after.views) + after.places(kept)).tolist()
        last = NEVER
        while answer := connection.execute(
            "SELECT person_id, packed FROM rows WHERE person_id > ? ORDER BY person_id LIMIT ?", (last, CHUNK)
        ).fetchall():
            people, packed = zip(*answer, strict=True)
            last = people[-1]
            words = np.repeat(after.empty[np.newaxis], len(people), axis=0)
            words[:, target] = self._unpack(packed, before)[:, source]
            moments = words[:, : len(after.views)].max(axis=1)
            connection.executemany(
                "UPDATE rows SET moment = ?, packed = ? WHERE person_id = ?",
                zip(moments.tolist(), _packed(words), people, strict=True),
            )


def _put(connection: sqlite3.Connection, people: NDArray[np.int64], moments: NDArray[np.int64], words: Words) -> int:
    """Write packed rows, but over none that is newer, and return how many were written."""
    rows = zip(people.tolist(), moments.tolist(), _packed(words), strict=True)
    return connection.executemany(UPSERT, rows).rowcount


def _packed(words: Words) -> list[bytes]:
    """Return the bytes of each row; seen as one void scalar each, numpy cuts them in C."""
    cut: list[bytes] = np.ascontiguousarray(words).view(f"V{words.itemsize * words.shape[1]}")[:, 0].tolist()
    return cut


def _newest_of_each(people: NDArray[np.int64], moments: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return the places of each resident's newest (then last) row, by person_id: SQLite's tree grows best in order."""
    order = np.lexsort((moments, people))
    last = np.ones(len(order), dtype=np.bool_)
    last[:-1] = np.diff(people[order]) != 0
    return order[last]


def _chunks(count: int) -> Iterator[slice]:
    return (slice(start, start + CHUNK) for start in range(0, count, CHUNK))


def _whole_numbers(values: ArrayLike, what: str) -> NDArray[np.int64]:
    array = np.asarray(values)
    if array.size and (array.dtype.kind not in "iu" or array.dtype == np.uint64):
        raise InvalidInputError(f"A {what} must be a whole number (int64), not {array.dtype}.")
    return array.astype(np.int64, copy=False)
