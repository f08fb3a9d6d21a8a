"""Pseudonyms: by what name a person is known outside, made by a keyed hash whose key is outside the database.

Each recipient gets names of its own, so that two of them cannot put together what they know of somebody, and whoever
has the database but not the key can neither work a pseudonym out nor try all identifiers until one fits.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable

from serving.access.keys import keyed

PREFIX = "p-"
# Of the hash's 32 bytes 20 are kept: among 10 million people the chance that two share a pseudonym is below 1e-34.
KEPT_BYTES = 20


def pseudonym(identifier: int | str, recipient: str) -> str:
    """Return the pseudonym of a person for one recipient.

    Parameters
    ----------
    identifier
        A resident number, or an identifier from outside such as a card number.
    recipient
        Who gets to see it, for instance the name of an app.
    """
    digest = keyed("pseudonym", f"pseudonym for {recipient}", str(identifier))
    return PREFIX + base64.b32encode(digest[:KEPT_BYTES]).decode().lower()


def pseudonyms(identifiers: Iterable[int | str], recipient: str) -> dict[str, int | str]:
    """Return identifiers by pseudonym."""
    return {pseudonym(identifier, recipient): identifier for identifier in identifiers}
