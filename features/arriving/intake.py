"""Taking records in: one transaction of the journal for all who wait, so that they share what forcing it to disk costs.

1. References are held against the people known, keys against those known. What is there already is counted and left
   out, so a sender may repeat itself. The same key with other content corrects what is known if it became known at
   another moment (`features.versions`), whichever of the two arrives first; at the same moment it is a finding.
2. What is new goes into the journal together with what it adds to the record log, in one transaction. From then on it
   is kept, whatever process is killed.

Several processes may do so at once: each takes the journal's lock first, and then looks at what the others did.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.arriving.added import log_records
from features.arriving.arrived import Arrived, News, joined
from features.arriving.known_rows import Sifted, known_versions, sift
from features.arriving.rows import Read, joined_findings, no_findings, outside_findings
from features.contracts import TableContract, contracts
from features.journal import as_bytes
from features.versions import CONTRADICTION

# Days are local and moments are UTC, so a day may be one ahead; clocks of senders differ.
AHEAD = timedelta(minutes=10)


@dataclass(frozen=True)
class Submission:
    """What one sender hands over at once.

    Attributes
    ----------
    tables
        Rows by table, as `features.arriving.rows` read them.
    whole
        Keep all of it or, if anything is wrong, nothing; else what is right is kept.
    """

    tables: Mapping[str, Read]
    whole: bool = True


@dataclass
class Outcome:
    """What became of a submission: numbers of rows, and what was wrong."""

    kept: int = 0
    already_there: int = 0
    findings: pd.DataFrame = field(default_factory=no_findings)


@dataclass
class Fresh:
    """What is new of one or more submissions.

    Attributes
    ----------
    seq
        The first batch of the journal that will hold some of it.
    people
        Who is registered by it.
    tables, ended
        By table the new rows, and which versions they supersede, in parts.
    versions
        Rows of the journal's table `version`.
    """

    seq: int
    people: set[int] = field(default_factory=set)
    tables: dict[str, list[pa.Table]] = field(default_factory=dict)
    ended: dict[str, list[pa.Table]] = field(default_factory=dict)
    versions: list[tuple[str, str, int, bytes, int, int]] = field(default_factory=list)

    def add(self, contract: TableContract, rows: pa.Table, sifted: Sifted) -> None:
        """Add new rows of one table."""
        if not rows.num_rows:
            return
        self.tables.setdefault(contract.name, []).append(rows)
        if sifted.ended is not None:
            self.ended.setdefault(contract.name, []).append(sifted.ended)
        self.versions += [(contract.name, *entry, self.seq) for entry in sifted.added]
        if contract.name == "person":
            self.people.update(rows["person_id"].to_pylist())

    def join(self, other: Fresh) -> None:
        """Add all that another one holds."""
        self.people |= other.people
        for mine, theirs in ((self.tables, other.tables), (self.ended, other.ended)):
            for name, parts in theirs.items():
                mine.setdefault(name, []).extend(parts)


class Intake:
    """Takes records of one source in; for one thread at a time.

    Parameters
    ----------
    arrived
        What has arrived so far; it is kept up with the journal.
    """

    def __init__(self, arrived: Arrived, journal: sqlite3.Connection) -> None:
        self.arrived = arrived
        self._journal = journal

    def take(self, submissions: Sequence[Submission]) -> tuple[list[Outcome], News]:
        """Keep what is new and right; return what became of each submission, and all news up to now.

        When this returns, everything that it counts as kept is on disk.
        """
        # The lock is taken first: two senders of one record must not both find it new.
        self._journal.execute("BEGIN IMMEDIATE")
        try:
            self.arrived.check_lake(self._journal)
            before = self.arrived.catch_up(self._journal)
            news = Fresh(before.seq + 1)
            outcomes = [self._sift(submission, news) for submission in submissions]
            if news.tables:
                self._write(news)
            self._journal.execute("COMMIT")
        except BaseException:
            if self._journal.in_transaction:  # a full disk makes SQLite roll back by itself
                self._journal.execute("ROLLBACK")
            raise
        after = self.arrived.catch_up(self._journal)
        return outcomes, joined([before, after], after.seq, after.newest)

    def _sift(self, submission: Submission, fresh: Fresh) -> Outcome:
        """Add what is new and right to `fresh`, and its keys to the journal."""
        findings = [read.findings for read in submission.tables.values() if len(read.findings)]
        new = Fresh(fresh.seq, people=set(fresh.people))
        repeated = 0
        # People come first, because everything else refers to them.
        for name in sorted(submission.tables, key=lambda name: name != "person"):
            contract, read = contracts()[name], submission.tables[name]
            wrong = [self._future(contract, read), self._nobody(contract, read, new.people)]
            bad = {row for part in wrong for row in part["row"].tolist()}
            good = np.array([place not in bad for place in read.places.tolist()], dtype=np.bool_)
            right = Read(read.rows.filter(pa.array(good)), read.places[good], no_findings())
            known = known_versions(contract, right.rows, self.arrived.source, self.arrived.index, self._journal)
            sifted = sift(contract, right.rows, known)
            differing = outside_findings(contract, right, sifted.contradicting, contract.key[0], *CONTRADICTION)
            findings += [part for part in [*wrong, differing] if len(part)]
            repeated += sifted.repeated
            new.add(contract, right.rows.take(pa.array(sifted.fresh, pa.int64())), sifted)
        found = joined_findings(findings)
        if submission.whole and len(found):
            return Outcome(0, 0, found)
        self._journal.executemany("INSERT INTO version VALUES (?, ?, ?, ?, ?, ?)", new.versions)
        fresh.join(new)
        return Outcome(sum(rows.num_rows for rows in joined_tables(new.tables).values()), repeated, found)

    def _future(self, contract: TableContract, read: Read) -> pd.DataFrame:
        """Return findings for rows that tell of what has not happened yet."""
        wall = datetime.now(UTC) + AHEAD
        wrong = [no_findings()]
        for column in dict.fromkeys([contract.day, "known_at"]):
            if column not in contract.column_names:
                continue
            kind = next(entry.dtype for entry in contract.columns if entry.name == column)
            last = wall + timedelta(days=1) if kind == "date" else wall
            late = read.rows[column].cast(pa.int64()).to_numpy() > round(last.timestamp() * 1e6)
            allowed = f"at most {last.date().isoformat() if kind == 'date' else last.isoformat(timespec='seconds')}"
            wrong.append(outside_findings(contract, read, late, column, "is not in the future", allowed))
        return joined_findings(wrong)

    def _nobody(self, contract: TableContract, read: Read, newcomers: set[int]) -> pd.DataFrame:
        """Return findings for rows about residents whom nobody knows."""
        if not contract.about_residents or contract.name == "person":
            return no_findings()
        persons = read.rows["person_id"].to_numpy()
        known = self.arrived.registered(persons) | np.array([p in newcomers for p in persons.tolist()], dtype=np.bool_)
        allowed = "a person.person_id of the lake, or of a person sent along"
        return outside_findings(contract, read, ~known, "person_id", "exists as person.person_id", allowed)

    def _write(self, fresh: Fresh) -> None:
        """Write new rows, and what they add to the record log, into the journal."""
        tables, ended = joined_tables(fresh.tables), joined_tables(fresh.ended)
        seq = 0
        for name, rows in tables.items():
            cursor = self._journal.execute("INSERT INTO batch (name, rows) VALUES (?, ?)", (name, as_bytes(rows)))
            seq = int(cursor.lastrowid or 0)
        marks = [(seq, name, as_bytes(rows)) for name, rows in ended.items()]
        self._journal.executemany("INSERT INTO superseded VALUES (?, ?, ?)", marks)
        records = log_records(self.arrived, tables, ended)
        self._journal.execute("INSERT INTO log_record VALUES (?, ?)", (seq, records.tobytes()))
        known = [pc.max(rows["known_at"]).value for rows in tables.values()]
        newest = max((moment for moment in known if moment is not None), default=None)
        if newest is not None:
            self._journal.execute("INSERT INTO moment VALUES (?, ?)", (seq, newest))


def joined_tables(parts: Mapping[str, Sequence[pa.Table]]) -> dict[str, pa.Table]:
    """Return the parts of each table as one."""
    return {name: pa.concat_tables(tables) for name, tables in parts.items()}
