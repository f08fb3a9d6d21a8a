"""Who may do what: one literal table of roles and permissions."""

from __future__ import annotations

from typing import Literal, get_args

Role = Literal[
    "clinician", "coordinator", "epidemiologist", "app", "engineer", "steward", "dispatcher", "leader",
    "administrator", "resident",
]  # fmt: skip
Permission = Literal[
    "persons:own-catchment",  # residents who live in the account's areas
    "persons:self",  # the resident whose account it is
    "persons:consented",  # residents who consented to the app
    "score",  # risks for features that the caller sends along, which name nobody
    "aggregates",  # counts and rates under disclosure control
    "models",  # what models there are, and how good
    "models:manage",  # promote, roll back, retrain
    "programmes",  # worklists of the own catchment and what became of them
    "records",  # send records in
    "quality",  # findings, and their mending
    "events",  # service requests and alerts
    "consent",  # give and withdraw the own consent
    "users:manage",
    "audit",
]

ROLES: dict[Role, frozenset[Permission]] = {
    "clinician": frozenset({"persons:own-catchment", "score", "aggregates", "models"}),
    "coordinator": frozenset({"persons:own-catchment", "score", "aggregates", "models", "programmes"}),
    "epidemiologist": frozenset({"score", "aggregates", "models"}),
    "app": frozenset({"persons:consented", "score", "aggregates", "models"}),
    "engineer": frozenset({"score", "aggregates", "models", "models:manage", "records"}),
    "steward": frozenset({"aggregates", "models", "quality", "records"}),
    "dispatcher": frozenset({"aggregates", "models", "events"}),
    "leader": frozenset({"aggregates", "models"}),
    "administrator": frozenset({"models", "users:manage", "audit"}),
    "resident": frozenset({"persons:self", "score", "models", "consent"}),
}

# What a route may declare: a permission; "persons" for any of the three ways to see some; "ask-models" for any of the
# three kinds of model (the route then asks for the one that a model needs); "signed-in" for what everybody with an
# account may ask; "open" for what needs none.
Need = Permission | Literal["persons", "ask-models", "signed-in", "open"]
NEEDS: frozenset[str] = frozenset({*get_args(Permission), "persons", "ask-models", "signed-in", "open"})
ASKING: frozenset[Permission] = frozenset({"score", "events", "quality"})


def allows(role: Role, need: Need) -> bool:
    """Return whether a role meets what a route needs.

    >>> allows("clinician", "persons"), allows("leader", "persons"), allows("leader", "signed-in")
    (True, False, True)
    """
    if need in ("open", "signed-in"):
        return True
    if need == "persons":
        return any(permission.startswith("persons:") for permission in ROLES[role])
    if need == "ask-models":
        return bool(ASKING & ROLES[role])
    return need in ROLES[role]


def roles_that(need: Need) -> list[str]:
    """Return the roles that meet a need."""
    return [role for role in ROLES if allows(role, need)]
