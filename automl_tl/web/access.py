"""The API of who may ask, and of how much of the machine each tenant may have."""

from fastapi import APIRouter, Response

from automl_tl.domain.caller import Caller
from automl_tl.domain.job import DEFAULT_TENANT
from automl_tl.domain.queue import Standing
from automl_tl.domain.quota import Quota
from automl_tl.errors import NotAllowed, NotFound
from automl_tl.web.access_schemas import (
    CallerAnswer,
    KeyAnswer,
    KeyBody,
    KeysAnswer,
    MadeKeyAnswer,
    QuotaAnswer,
    QuotaBody,
    QuotasAnswer,
)
from automl_tl.web.access_view import add_key, grant, key_json, quota_json, quotas_json
from automl_tl.web.parts import Given

router = APIRouter(prefix="/api/v1", tags=["access"])


@router.get("/caller")
def show_caller(parts: Given) -> CallerAnswer:
    """Who asks, and which role that is in which tenant."""
    who = parts.caller
    return CallerAnswer(tenant=who.tenant, role=who.role, who=who.who, key=who.key, may_write=who.may_write)


@router.post("/keys", status_code=201)
def make_key(parts: Given, body: KeyBody, response: Response) -> MadeKeyAnswer:
    """Make a key of the caller's tenant (the operator: of any); ``key`` is shown this once."""
    made = add_key(
        parts.store,
        tenant=_reached(parts.caller, body.tenant),
        role=body.role,
        label=body.label,
        expires=body.expires,
        who=parts.caller.who,
    )
    response.headers["Location"] = f"/api/v1/keys/{made['id']}"
    return MadeKeyAnswer.model_validate(made)


@router.get("/keys")
def list_keys(parts: Given, tenant: str | None = None) -> KeysAnswer:
    """Every key of the caller's tenant, without its secret; the operator sees every tenant's, or one's."""
    everybodys = tenant is None and _is_operators(parts.caller)
    wanted = None if everybodys else _reached(parts.caller, tenant)
    found = [key_json(key) for key in parts.store.api_keys(tenant=wanted)]
    return KeysAnswer.model_validate({"keys": found})


@router.post("/keys/{id}/revoke")
def revoke_key(parts: Given, id: str) -> KeyAnswer:
    """Let a key open nothing any more, from its next request on; its page sessions end with it."""
    reach = None if _is_operators(parts.caller) else parts.tenant
    if id not in {key.id for key in parts.store.api_keys(tenant=reach)}:
        raise NotFound(f"there is no key {id}")
    return KeyAnswer.model_validate(key_json(parts.store.revoke_key(id, who=parts.caller.who)))


@router.get("/quotas")
def list_quotas(parts: Given) -> QuotasAnswer:
    """What the caller's tenant may have, and has of it now; the operator sees every tenant."""
    rows = quotas_json(parts.store, default=parts.settings.quota)
    if not _is_operators(parts.caller):
        own = [row for row in rows if row["tenant"] == parts.tenant]
        rows = own or [quota_json(parts.tenant, Standing(quota=parts.settings.quota))]
    return QuotasAnswer.model_validate({"tenants": rows})


@router.post("/quotas")
def set_quota(parts: Given, body: QuotaBody) -> QuotaAnswer:
    """Grant a tenant a quota of its own: its next jobs wait for it, and none that runs is stopped."""
    found = grant(
        parts.store,
        Quota(running_jobs=body.running_jobs, compute_seconds=body.compute_seconds),
        tenant=body.tenant,
        default=parts.settings.quota,
        who=parts.caller.who,
    )
    return QuotaAnswer.model_validate(found)


def _is_operators(caller: Caller) -> bool:
    return caller.tenant == DEFAULT_TENANT


def _reached(caller: Caller, tenant: str | None) -> str:
    """The tenant that was named, or the caller's own; raises NotAllowed for another than that."""
    if tenant is None or tenant == caller.tenant or _is_operators(caller):
        return caller.tenant if tenant is None else tenant
    raise NotAllowed(f"{caller.who} is of the tenant {caller.tenant}: keys of others are the operator's")
