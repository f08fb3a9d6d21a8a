"""The part of a risk list that a caller may see, worked out once for all callers of one catchment."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from weakref import WeakKeyDictionary

from serving.access import Access
from serving.listing import Listed

# Catchments whose part of one list is kept; each takes 24 bytes a resident of the catchment.
MOST_KEPT = 50

# By the list itself, which is never changed: a list that has moved on is another one.
_kept: WeakKeyDictionary[Listed, OrderedDict[object, Listed]] = WeakKeyDictionary()
_lock = Lock()


def own_part(listed: Listed, access: Access) -> Listed:
    """Return those on a list whom the caller may see, in its order."""
    key = access.reach_key
    with _lock:
        kept = _kept.setdefault(listed, OrderedDict())
        if key is not None and key in kept:
            kept.move_to_end(key)
            return kept[key]
    everybody = listed.stretch(0, len(listed))
    own = everybody.take(access.may_see(everybody.person))
    found = Listed.of(-own.fall, own.person, own.row)
    if key is not None:
        with _lock:
            kept[key] = found
            while len(kept) > MOST_KEPT:
                kept.popitem(last=False)
    return found
