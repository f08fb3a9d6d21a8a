"""Worker processes: started afresh, kept to one core each, and gone when the process that started them is gone."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from features.settings import settings

Result = TypeVar("Result")

LOOK_SECONDS = 0.2


def worker_pool(workers: int, prepare: Callable[..., None] | None = None, *arguments: Any) -> ProcessPoolExecutor:
    """Return a pool of `workers` processes; each first calls `prepare(*arguments)`, if given.

    Workers are spawned, because forking a process that already runs threads (DuckDB, LightGBM) may hang.
    """
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(
        workers, mp_context=context, initializer=_begin, initargs=(os.getpid(), prepare, arguments)
    )


def over_buckets(work: Callable[[int], Result], buckets: int) -> Iterator[Result]:
    """Yield `work(bucket)` for every bucket, in order, worked out on as many cores as the settings allow."""
    workers = min(settings().threads, buckets)
    if workers == 1:
        yield from map(work, range(buckets))
        return
    with worker_pool(workers) as pool:
        yield from pool.map(work, range(buckets))


def _begin(parent: int, prepare: Callable[..., None] | None, arguments: tuple[Any, ...]) -> None:
    # The cores are shared out among the workers already.
    for name in ("SANZAO_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"
    # That holds for libraries that are loaded from here on. What the arguments brought along has read its own number
    # of threads already: NumPy's algebra, left at two threads in each of two workers, doubled the time of training.
    threadpool_limits(1)
    settings.cache_clear()
    threading.Thread(target=_follow, args=(parent,), daemon=True).start()
    if prepare is not None:
        prepare(*arguments)


def _follow(parent: int) -> None:
    """End this process when its parent has ended: nobody waits for its work, and the next run may do it anew."""
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os._exit(1)
