"""The API of who may ask: the caller itself."""

from fastapi import APIRouter

from automl_tl.domain.caller import Caller
from automl_tl.web.access_schemas import CallerAnswer
from automl_tl.web.parts import Given

router = APIRouter(prefix="/api/v1", tags=["access"])


@router.get("/caller")
def show_caller(parts: Given) -> CallerAnswer:
    """Who asks, and which role that is in which tenant."""
    return _caller(parts.caller)


def _caller(caller: Caller) -> CallerAnswer:
    return CallerAnswer(
        tenant=caller.tenant, role=caller.role, who=caller.who, key=caller.key, may_write=caller.may_write
    )
