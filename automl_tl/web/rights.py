"""Which role each route asks for, and of whom; a route without a line here answers nobody."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from automl_tl.domain.caller import Caller, Role
from automl_tl.domain.job import DEFAULT_TENANT
from automl_tl.errors import NotAllowed


class Reach(StrEnum):
    """What a route shows or changes."""

    OPEN = "open"  # nothing that belongs to anybody
    TENANT = "tenant"  # the caller's tenant alone
    MACHINE = "machine"  # all tenants: for the operator, whose tenant is the default one


class Audited(StrEnum):
    """When a deed is noted in the audit log."""

    NO = "no"
    BEFORE = "before"
    AFTER = "after"  # or in its transaction: where only that, or the answer, knows what was made


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """What it takes to call a route."""

    role: Role
    reach: Reach = Reach.TENANT
    audited: Audited = Audited.NO


_OPEN = Right(role=Role.VIEWER, reach=Reach.OPEN)
_SEE = Right(role=Role.VIEWER)
_TAKE = Right(role=Role.VIEWER, audited=Audited.BEFORE)
_PLAN = Right(role=Role.SUBMITTER)
_MAKE = Right(role=Role.SUBMITTER, audited=Audited.AFTER)
_SUBMIT = Right(role=Role.SUBMITTER, audited=Audited.BEFORE)
_STEER = Right(role=Role.ADMIN, audited=Audited.BEFORE)
_ADMIN_SEES = Right(role=Role.ADMIN)
_ADMIN_MAKES = Right(role=Role.ADMIN, audited=Audited.AFTER)
_WATCH_MACHINE = Right(role=Role.VIEWER, reach=Reach.MACHINE)
_RUN_MACHINE = Right(role=Role.ADMIN, reach=Reach.MACHINE, audited=Audited.BEFORE)

RIGHTS: Mapping[str, Right] = {
    "GET /healthz": _OPEN,
    "GET /readyz": _OPEN,
    "GET /api/docs": _SEE,
    "GET /metrics": _WATCH_MACHINE,
    "GET /login": _OPEN,
    "GET /enter": _OPEN,
    "POST /login": _OPEN,
    "POST /logout": _OPEN,
    "GET /": _SEE,
    "GET /events": _SEE,
    "GET /jobs/new": _SEE,
    "GET /jobs/{id}": _SEE,
    "GET /schedules": _SEE,
    "GET /schedules/{name}": _SEE,
    "GET /models": _SEE,
    "GET /models/{name}": _SEE,
    "GET /system": _WATCH_MACHINE,
    "GET /system/usage": _WATCH_MACHINE,
    "GET /api/v1/system": _WATCH_MACHINE,
    "GET /api/v1/caller": _SEE,
    "GET /api/v1/keys": _ADMIN_SEES,
    "POST /api/v1/keys": _ADMIN_MAKES,
    "POST /api/v1/keys/{id}/revoke": _STEER,
    "GET /api/v1/quotas": _SEE,
    "POST /api/v1/quotas": _RUN_MACHINE,
    "GET /api/v1/jobs": _SEE,
    "POST /api/v1/jobs": _MAKE,
    "POST /api/v1/plans": _PLAN,
    "GET /api/v1/jobs/{id}": _SEE,
    "GET /api/v1/jobs/{id}/trials": _SEE,
    "GET /api/v1/jobs/{id}/events": _SEE,
    "GET /api/v1/jobs/{id}/logs": _SEE,
    "GET /api/v1/jobs/{id}/card": _SEE,
    "POST /api/v1/jobs/{id}/cancel": _SUBMIT,
    "POST /api/v1/jobs/{id}/pause": _SUBMIT,
    "POST /api/v1/jobs/{id}/resume": _SUBMIT,
    "POST /api/v1/jobs/{id}/retry": _SUBMIT,
    "GET /api/v1/schedules": _SEE,
    "POST /api/v1/schedules": _SUBMIT,
    "GET /api/v1/schedules/{name}": _SEE,
    "POST /api/v1/schedules/{name}/pause": _SUBMIT,
    "POST /api/v1/schedules/{name}/resume": _SUBMIT,
    "POST /api/v1/schedules/{name}/run": _SUBMIT,
    "POST /api/v1/schedules/{name}/remove": _SUBMIT,
    "GET /api/v1/webhooks": _ADMIN_SEES,
    "POST /api/v1/webhooks": _ADMIN_MAKES,
    "GET /api/v1/webhooks/{id}": _ADMIN_SEES,
    "POST /api/v1/webhooks/{id}/remove": _STEER,
    "POST /api/v1/datasets": _SUBMIT,
    "POST /api/v1/datasets/forget": _STEER,
    "GET /api/v1/models": _SEE,
    "GET /api/v1/models/{name}": _SEE,
    "GET /api/v1/models/{name}/card": _SEE,
    "POST /api/v1/models/{name}/predict": _SEE,
    "POST /api/v1/models/{name}/export": _TAKE,
    "POST /api/v1/models/{name}/evaluate": _SUBMIT,
    "POST /api/v1/models/{name}/promote": _STEER,
    "POST /api/v1/models/{name}/rollback": _STEER,
    "POST /api/v1/models/{name}/hold": _STEER,
    "POST /api/v1/models/{name}/unhold": _STEER,
    "POST /api/v1/models/{name}/delete": _STEER,
    "GET /api/v1/usage": _WATCH_MACHINE,
    "POST /api/v1/gc": _RUN_MACHINE,
}


OPEN_PATHS = frozenset(name.split(" ")[1] for name, right in RIGHTS.items() if right.reach is Reach.OPEN)
"""The paths that need no caller; none of them has a part that varies."""


def check_right(caller: Caller, *, method: str, route: str) -> Right:
    """The route's right, if the caller has it; raises NotAllowed, also for a route without one."""
    right = RIGHTS.get(f"{method} {route}")
    if right is None:
        raise NotAllowed(f"no rule says who may call {method} {route}, so nobody may")
    if right.reach is Reach.OPEN:
        return right
    if right.reach is Reach.MACHINE and caller.tenant != DEFAULT_TENANT:
        raise NotAllowed(
            f"this concerns every tenant: it is for the tenant {DEFAULT_TENANT}, not for {caller.tenant}"
        )
    if not caller.role.includes(right.role):
        raise NotAllowed(f"this needs the role {right.role}, but {caller.who} has the role {caller.role}")
    return right
