"""A resident's consent that an app may see them, and the residents whom an app may see."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from serving.access import Access, needs
from serving.access.consent import consented_by_pseudonym, consents_of, give_consent, withdraw_consent
from serving.asked import PROBLEMS

router = APIRouter(prefix="/v1/consents", responses=PROBLEMS)


class Consent(BaseModel):
    """One resident's consent to one app."""

    app: str
    consents: bool


class Consents(BaseModel):
    """The residents who consent, by the app's own pseudonyms."""

    residents: list[str]


class AskingApp(BaseModel):
    """An app to which one may consent."""

    app: str
    consents: bool
    since: datetime | None = Field(description="since when the consent stands; null where there is none")


class OwnConsents(BaseModel):
    """Every app, and whether it may see who asks."""

    apps: list[AskingApp]


@router.get("/mine")
def own_consents(access: Annotated[Access, needs("consent", shows_persons=True)]) -> OwnConsents:
    """List every app, and whether you consent that it sees you."""
    resident = access.account.resident
    access.see([] if resident is None else [resident])
    apps = {} if resident is None else consents_of(access.source, resident)
    return OwnConsents(
        apps=[AskingApp(app=app, consents=since is not None, since=since) for app, since in apps.items()]
    )


@router.get("")
def list_consents(access: Annotated[Access, needs("persons:consented")]) -> Consents:
    """List the residents who consent that the app sees them, by the pseudonyms under which it asks for them."""
    found = consented_by_pseudonym(access.source, access.account.name)
    access.see(list(found.values()))
    return Consents(residents=list(found))


@router.put("/{app}")
def consent(app: str, access: Annotated[Access, needs("consent")]) -> Consent:
    """Consent that an app may see you."""
    resident = access.account.resident
    if resident is not None:
        give_consent(access.source, app, resident)
        access.log("done", [resident], f"consent to {app}")
    return Consent(app=app, consents=resident is not None)


@router.delete("/{app}")
def withdraw(app: str, access: Annotated[Access, needs("consent")]) -> Consent:
    """Withdraw your consent, from now on."""
    resident = access.account.resident
    if resident is not None:
        withdraw_consent(access.source, app, resident)
        access.log("done", [resident], f"consent to {app} withdrawn")
    return Consent(app=app, consents=False)
