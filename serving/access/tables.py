"""The tables of access in the state database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from serving.database import Base


class AccountRow(Base):
    """Somebody, or an app, that may come in."""

    __tablename__ = "account"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    role: Mapped[str] = mapped_column(String(20))
    catchment: Mapped[str] = mapped_column(Text, doc="area codes with spaces between; *: everywhere")
    resident: Mapped[int | None] = mapped_column(BigInteger, doc="whose own account it is")
    password: Mapped[str | None] = mapped_column(String(255), doc="argon2; none: no log-in by password")
    demo: Mapped[bool] = mapped_column(doc="comes in where there are demo log-ins only")
    valid_from: Mapped[datetime] = mapped_column(doc="tokens from before are refused")
    disabled_at: Mapped[datetime | None]


class ApiKeyRow(Base):
    """A key of an app: its hash only."""

    __tablename__ = "api_key"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True, doc="SHA-256 of the key")
    account: Mapped[str] = mapped_column(ForeignKey("account.name"), index=True)
    made_at: Mapped[datetime]


class SessionRow(Base):
    """Somebody signed in to the pages."""

    __tablename__ = "page_session"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True, doc="SHA-256 of the cookie")
    account: Mapped[str] = mapped_column(ForeignKey("account.name"), index=True)
    ends_at: Mapped[datetime]


class ConsentRow(Base):
    """A resident's consent that an app may see them."""

    __tablename__ = "consent"

    account: Mapped[str] = mapped_column(ForeignKey("account.name"), primary_key=True)
    person_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class AuditRow(Base):
    """One line of the audit log; never changed, never deleted."""

    __tablename__ = "audit"

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    what: Mapped[str] = mapped_column(String(200))
    outcome: Mapped[str] = mapped_column(String(20), doc="shown, refused or done")
    persons: Mapped[int] = mapped_column(Integer, doc="how many")
    which: Mapped[str] = mapped_column(Text, doc="their numbers as JSON; of very many, a digest")
    origin: Mapped[str] = mapped_column(String(64), doc="address that the request came from")
    request_id: Mapped[str] = mapped_column(String(64))
    previous: Mapped[str] = mapped_column(String(64), doc="seal of the row before")
    seal: Mapped[str] = mapped_column(String(64), doc="keyed hash of this row and the one before")
