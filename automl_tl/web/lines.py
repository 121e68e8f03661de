"""The API of models: each name is a line of versions."""

import logging

from fastapi import APIRouter

from automl_tl.champions.steering import Steering
from automl_tl.domain.moment import moment_of
from automl_tl.errors import TransientError
from automl_tl.registry.names import registered_name
from automl_tl.web.model_view import line_json, model_json
from automl_tl.web.parts import Given, Parts
from automl_tl.web.schemas import PromoteBody, ReasonBody
from automl_tl.web.view import Json

router = APIRouter(prefix="/api/v1", tags=["models"])
_log = logging.getLogger(__name__)


@router.get("/models")
def list_models(parts: Given) -> Json:
    """Every name and its champion."""
    return {"models": [model_json(line) for line in parts.store.models(tenant=parts.tenant)]}


@router.get("/models/{name}")
def show_model(parts: Given, name: str, at: str | None = None) -> Json:
    """One name, its champion, every decision and every move of the alias, newest first.

    ``at`` (ISO 8601) adds ``champion_at``: who was champion then.
    """
    return line_json(parts.store, tenant=parts.tenant, name=name, at=None if at is None else moment_of(at))


@router.post("/models/{name}/promote")
def promote(parts: Given, name: str, body: PromoteBody) -> Json:
    """Make a version champion whatever the gate said; it has to load and predict first."""
    _steering(parts).promote(name, version=body.version, reason=body.reason)
    return _moved(parts, name)


@router.post("/models/{name}/rollback")
def rollback(parts: Given, name: str, body: ReasonBody) -> Json:
    """Give the name back to the champion before, and hold it; that one has to load and predict first."""
    _steering(parts).rollback(name, reason=body.reason)
    return _moved(parts, name)


@router.post("/models/{name}/hold")
def hold(parts: Given, name: str, body: ReasonBody) -> Json:
    """Let nothing be promoted by itself until ``unhold``."""
    _steering(parts).hold(name, reason=body.reason)
    return show_model(parts, name)


@router.post("/models/{name}/unhold")
def unhold(parts: Given, name: str) -> Json:
    """Let the gate promote again."""
    _steering(parts).unhold(name)
    return show_model(parts, name)


def _steering(parts: Parts) -> Steering:
    def try_out(name: str, version: int) -> None:
        parts.models.try_out(registered_name(parts.tenant, name), version=version)

    return Steering(parts.store, tenant=parts.tenant, try_out=try_out, look=parts.models.reconcile)


def _moved(parts: Parts, name: str) -> Json:
    try:
        parts.models.reconcile()
    except TransientError as problem:  # the move is written down, and the reconciler tries again
        _log.warning("aliases not moved yet", extra={"name": name, "why": str(problem)})
    return show_model(parts, name)
