"""Worker processes keep to one core each."""

from __future__ import annotations

import numpy as np
from threadpoolctl import threadpool_info

from features.workers import worker_pool


def test_a_worker_computes_on_one_core_even_if_its_arguments_have_loaded_numpy():
    with worker_pool(1, np.ones, 3) as pool:
        libraries = pool.submit(threadpool_info).result()
    algebra = [library["num_threads"] for library in libraries if library["user_api"] == "blas"]
    assert algebra, libraries
    assert set(algebra) == {1}
