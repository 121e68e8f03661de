"""The API of what is kept, and of what is let go."""

import re

from fastapi import APIRouter

from automl_tl.errors import RequestError
from automl_tl.registry.names import registered_name
from automl_tl.web.model_view import line_json
from automl_tl.web.parts import Given
from automl_tl.web.readable import check_readable
from automl_tl.web.schemas import CollectBody, DeleteBody, ForgetBody
from automl_tl.web.view import Json

router = APIRouter(prefix="/api/v1", tags=["upkeep"])
SHA256 = re.compile(r"[0-9a-f]{64}")


@router.get("/usage")
def usage(parts: Given) -> Json:
    """Bytes by kind, by model and version, by job."""
    return parts.models.usage()


@router.post("/gc")
def collect(parts: Given, body: CollectBody) -> Json:
    """Free what nobody needs any more, or with ``dry_run`` only say so."""
    return parts.models.collect(dry_run=body.dry_run == "yes")


@router.post("/datasets/forget", tags=["datasets"])
def forget(parts: Given, body: ForgetBody) -> Json:
    """Forget samples: caches, manifests, cards and copies are cleaned, the versions that saw them listed."""
    for sample in body.samples:
        if parts.caller.key is not None and not SHA256.fullmatch(sample):
            check_readable(sample, settings=parts.settings, caller=parts.caller)
    who = body.who if parts.caller.key is None else parts.caller.who  # a key's holder does not choose a name
    return parts.models.forget(body.samples, tenant=parts.tenant, dataset_name=body.dataset_name, who=who)


@router.post("/models/{name}/delete", tags=["models"])
def delete(parts: Given, name: str, body: DeleteBody) -> Json:
    """Delete ``version``, or (``which`` is ``all``) every version; what was decided stays."""
    parts.store.model(tenant=parts.tenant, name=name)
    if (body.version is None) == (body.which is None):
        raise RequestError("expected either version, a number, or which = all")
    parts.models.delete(registered_name(parts.tenant, name), version=body.version, reason=body.reason)
    return line_json(parts.store, tenant=parts.tenant, name=name)
