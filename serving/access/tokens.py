"""Bearer tokens: our own, and those of an OpenID Connect provider."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime
from functools import cache
from typing import Any

import jwt

from features.errors import SanzaoError
from features.settings import settings
from serving.access.accounts import Account, check_account
from serving.access.errors import ForbiddenError, UnauthenticatedError
from serving.access.keys import secret_key
from serving.access.roles import ROLES

ALGORITHM = "HS256"  # the only one that is accepted of our own tokens, whatever a token says of itself
PROVIDER_ALGORITHMS = ("RS256", "ES256")  # signatures only: a public key must never be taken for a shared secret
ISSUER = "sanzao"
REQUIRED = ("iss", "aud", "sub", "iat", "exp")


def audience(source: str) -> str:
    """Return the audience of tokens for one data source."""
    return f"sanzao:{source}"


def issue(source: str, account: str, seconds: int | None = None) -> str:
    """Return a token for an account; it says who asks, and nothing of what they may."""
    now = int(time.time())
    ends = now + (settings().token_minutes * 60 if seconds is None else seconds)
    claims = {
        "iss": ISSUER, "aud": audience(source), "sub": account, "iat": now, "exp": ends, "jti": secrets.token_hex(8),
    }  # fmt: skip
    return jwt.encode(claims, secret_key("token"), algorithm=ALGORITHM)


def read(source: str, token: str) -> tuple[str, datetime] | Account:
    """Return the account's name and the token's moment of issue, or the account that a provider's token describes.

    Raises
    ------
    UnauthenticatedError
        If the token does not hold.
    """
    try:
        if settings().oidc_issuer and _issuer(token) == settings().oidc_issuer:
            return _of_provider(token)
        claims = jwt.decode(
            token, secret_key("token"), algorithms=[ALGORITHM], audience=audience(source), issuer=ISSUER,
            options={"require": list(REQUIRED)},
        )  # fmt: skip
        return str(claims["sub"]), datetime.fromtimestamp(claims["iat"], UTC)
    except jwt.ExpiredSignatureError as error:
        raise UnauthenticatedError("The token has expired.") from error
    except jwt.PyJWKClientConnectionError as error:
        raise UnauthenticatedError("The provider's signing keys cannot be fetched now.") from error
    except (jwt.PyJWTError, RecursionError, ValueError, OverflowError) as error:
        raise UnauthenticatedError("The token is not valid here.") from error


def _issuer(token: str) -> object:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})  # only to see whose key to try
    return claims.get("iss")


@cache
def _keys_of(address: str) -> jwt.PyJWKClient:
    return jwt.PyJWKClient(address, timeout=5)


def _of_provider(token: str) -> Account:
    configured = settings()
    if not configured.oidc_audience or not configured.oidc_jwks:
        raise UnauthenticatedError("SANZAO_OIDC_JWKS and SANZAO_OIDC_AUDIENCE are not set: no such token holds.")
    key = _keys_of(configured.oidc_jwks).get_signing_key_from_jwt(token)
    claims = jwt.decode(
        token, key, algorithms=list(PROVIDER_ALGORITHMS), audience=configured.oidc_audience,
        issuer=configured.oidc_issuer, options={"require": list(REQUIRED)},
    )  # fmt: skip
    theirs = _texts(claims.get(configured.oidc_role_claim))
    ours = configured.oidc_roles or {role: role for role in ROLES}
    roles = [ours[role] for role in theirs if role in ours]
    if len(roles) != 1:
        raise ForbiddenError(
            f"The token's claim '{configured.oidc_role_claim}' must give one of our roles, and gives {len(roles)}."
        )
    catchment = frozenset(_texts(claims.get(configured.oidc_catchment_claim)))
    try:
        role = check_account("subject", roles[0], catchment, None)
    except SanzaoError as error:
        raise ForbiddenError(f"The token describes no account that can be: {error}") from error
    # The prefix keeps a provider's subject from passing for an account of ours, in the audit log as well.
    return Account(f"oidc:{claims['sub']}"[:200], role, catchment)


def _texts(claim: object) -> list[str]:
    if isinstance(claim, str):
        return claim.split()
    return [entry for entry in claim if isinstance(entry, str)] if isinstance(claim, list) else []
