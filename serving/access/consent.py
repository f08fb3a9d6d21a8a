"""Consent of residents that an app may see them; apps know them by pseudonyms of their own."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select

from features.errors import UnknownNameError
from serving.access.pseudonyms import pseudonym, pseudonyms
from serving.access.tables import AccountRow, ConsentRow
from serving.database import transaction


def give_consent(source: str, app: str, resident: int) -> str:
    """Keep a resident's consent that an app may see them; return the pseudonym by which it will know them.

    Raises
    ------
    UnknownNameError
        If there is no such app.
    """
    with transaction(source) as session:
        account = session.get(AccountRow, app)
        if account is None or account.role != "app" or account.disabled_at is not None:
            query = select(AccountRow.name).where(AccountRow.role == "app", AccountRow.disabled_at.is_(None))
            raise UnknownNameError("app", app, session.scalars(query))
        session.merge(ConsentRow(account=app, person_id=resident, given_at=datetime.now(UTC), withdrawn_at=None))
    return pseudonym(resident, app)


def withdraw_consent(source: str, app: str, resident: int) -> None:
    """Withdraw a consent, from now on; withdrawing one that was never given changes nothing."""
    with transaction(source) as session:
        row = session.get(ConsentRow, (app, resident))
        if row is not None and row.withdrawn_at is None:
            row.withdrawn_at = datetime.now(UTC)


def consents_of(source: str, resident: int) -> dict[str, datetime | None]:
    """Return every app that there is, and since when a resident consents that it sees them; None: they do not."""
    given = (ConsentRow.account == AccountRow.name) & (ConsentRow.person_id == resident)
    query = (
        select(AccountRow.name, ConsentRow.given_at)
        .outerjoin(ConsentRow, given & ConsentRow.withdrawn_at.is_(None))
        .where(AccountRow.role == "app", AccountRow.disabled_at.is_(None))
        .order_by(AccountRow.name)
    )
    with transaction(source, reads=True) as session:
        return {row.name: row.given_at for row in session.execute(query)}


def consented(source: str, app: str) -> set[int]:
    """Return the residents who consent that an app sees them."""
    with transaction(source, reads=True) as session:
        query = select(ConsentRow.person_id).where(ConsentRow.account == app, ConsentRow.withdrawn_at.is_(None))
        return set(session.scalars(query))


def consented_by_pseudonym(source: str, app: str) -> dict[str, int]:
    """Return the residents who consent, by the names under which the app knows them."""
    return {name: int(person) for name, person in pseudonyms(sorted(consented(source, app)), app).items()}
