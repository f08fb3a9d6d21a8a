"""The part of a risk list that a caller may see, worked out once for all callers of one catchment."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from serving.access import Access
from serving.population import Ranking

# Lists that are kept for one ranking; one of a whole city takes 8 bytes a resident of the catchment.
MOST_KEPT = 200

_kept: WeakKeyDictionary[Ranking, OrderedDict[object, NDArray[np.int64]]] = WeakKeyDictionary()
_lock = Lock()


def own_rows(ranking: Ranking, model: str, access: Access) -> NDArray[np.int64]:
    """Return row numbers of those on a model's list whom the caller may see, highest risk first, (n,)."""
    key = access.reach_key
    with _lock:
        kept = _kept.setdefault(ranking, OrderedDict())
        if key is not None and (key, model) in kept:
            kept.move_to_end((key, model))
            return kept[key, model]
    order = ranking.order[model]
    own = order[access.may_see(ranking.population.residents.index.to_numpy()[order])]
    if key is not None:
        with _lock:
            kept[key, model] = own
            while len(kept) > MOST_KEPT:
                kept.popitem(last=False)
    return own
