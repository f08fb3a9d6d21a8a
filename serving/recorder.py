"""One thread a process takes in what requests hand over: all who wait at a time in one transaction.

While one transaction is being forced to disk, the next requests gather, and then share what forcing theirs costs. A
request is answered only once its records are on disk.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future

from features.arriving.arrived import Arrived
from features.arriving.intake import Intake, Outcome, Submission
from features.errors import NotReadyError
from features.journal import open_journal

log = logging.getLogger(__name__)

MOST_ROWS = 5_000  # rows a transaction, about; other processes wait for so long
WAITING = 1_000  # requests that may wait; beyond it, senders are told to come back

Taken = tuple[Outcome, int]


class Recorder:
    """Takes records in for one source.

    Parameters
    ----------
    told
        Called after each transaction.
    """

    def __init__(self, arrived: Arrived, told: Callable[[], None]) -> None:
        self._arrived = arrived
        self._told = told
        self._waiting: queue.Queue[tuple[Submission, Future[Taken]] | None] = queue.Queue(WAITING)
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def submit(self, submission: Submission) -> Future[Taken]:
        """Hand records over; the answer is there once they are on disk: what became of them, and the newest batch.

        Raises
        ------
        NotReadyError
            If too many wait already.
        """
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
                self._thread.start()
        answer: Future[Taken] = Future()
        try:
            self._waiting.put_nowait((submission, answer))
        except queue.Full as error:
            raise NotReadyError(
                f"{WAITING} requests with records wait already. Nothing of this one was kept: send it again in a "
                "second, or send more records a request."
            ) from error
        return answer

    def stop(self) -> None:
        """Take in what waits, then end the thread."""
        with self._starting:
            thread, self._thread = self._thread, None
        if thread is not None:
            self._waiting.put(None)
            thread.join()

    def _run(self) -> None:
        with open_journal(self._arrived.source) as journal:
            intake = Intake(self._arrived, journal)
            while (first := self._waiting.get()) is not None:
                gathered, rows = [first], _rows(first[0])
                ends = False
                while rows < MOST_ROWS and not ends:
                    try:
                        more = self._waiting.get_nowait()
                    except queue.Empty:
                        break
                    ends = more is None
                    if more is not None:
                        gathered.append(more)
                        rows += _rows(more[0])
                self._take(intake, gathered)
                if ends:
                    return

    def _take(self, intake: Intake, gathered: list[tuple[Submission, Future[Taken]]]) -> None:
        try:
            outcomes, news = intake.take([submission for submission, _ in gathered])
        except Exception as error:
            if len(gathered) > 1:
                # What is wrong with one of them is no reason to turn the others away.
                for entry in gathered:
                    self._take(intake, [entry])
                return
            log.exception("records could not be taken in")
            gathered[0][1].set_exception(error)
            return
        for (_, answer), outcome in zip(gathered, outcomes, strict=True):
            answer.set_result((outcome, news.seq))
        self._told()


def _rows(submission: Submission) -> int:
    return sum(read.rows.num_rows for read in submission.tables.values())
