"""The API of models: each name is a line of versions."""

import logging
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from automl_tl.daemon.steering import Steering
from automl_tl.errors import RequestError, TransientError
from automl_tl.web.parts import TENANT, Given, Parts
from automl_tl.web.problems import sentence
from automl_tl.web.schemas import EvaluateBody, PredictBody, PromoteBody, ReasonBody
from automl_tl.web.submission import check_dataset, check_readable
from automl_tl.web.view import Json, line_json, model_json, moment_of

router = APIRouter(prefix="/api/v1", tags=["models"])
CHAMPION = "champion"
_log = logging.getLogger(__name__)
MAX_FILES = 1000
_UNSAFE = re.compile(r"[^\w.-]+")
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": PredictBody.model_json_schema()},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
                        "alias": {"type": "string", "default": CHAMPION},
                    },
                }
            },
        },
    }
}


@router.get("/models")
def list_models(parts: Given) -> Json:
    """Every name and its champion."""
    return {"models": [model_json(line) for line in parts.store.models(tenant=TENANT)]}


@router.get("/models/{name}")
def show_model(parts: Given, name: str, at: str | None = None) -> Json:
    """One name, its champion, every decision and every move of the alias, newest first.

    ``at`` (ISO 8601) adds ``champion_at``: who was champion then.
    """
    return line_json(parts.store, tenant=TENANT, name=name, at=None if at is None else moment_of(at))


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


@router.post("/models/{name}/predict", openapi_extra=_BODY)
async def predict(parts: Given, name: str, request: Request) -> Json:
    """Predict for the files of a form, or for files on this machine; NAME may be NAME@ALIAS."""
    await run_in_threadpool(_known, parts, name)
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        predictions = await _predict_form(parts, name, request)
    else:
        predictions = await run_in_threadpool(_predict_paths, parts, name, _body(await request.body()))
    return {"predictions": predictions}


@router.post("/models/{name}/evaluate")
def evaluate(parts: Given, name: str, body: EvaluateBody) -> Json:
    """Evaluate on a labelled dataset on this machine; NAME may be NAME@ALIAS."""
    line, alias = _known(parts, name, alias=body.alias)
    dataset = check_dataset(body.dataset, settings=parts.settings)
    return parts.models.evaluate(line, alias=alias, dataset=dataset)


def _steering(parts: Parts) -> Steering:
    def try_out(name: str, version: int) -> None:
        parts.models.try_out(name, version=version)

    return Steering(parts.store, tenant=TENANT, try_out=try_out)


def _moved(parts: Parts, name: str) -> Json:
    try:
        parts.models.reconcile()
    except TransientError as problem:  # the move is written down, and the reconciler tries again
        _log.warning("aliases not moved yet", extra={"name": name, "why": str(problem)})
    return show_model(parts, name)


def _known(parts: Parts, name: str, *, alias: str = CHAMPION) -> tuple[str, str]:
    """Name and alias, once the name is seen to be known."""
    name, _, named = name.partition("@")
    parts.store.model(tenant=TENANT, name=name)
    return name, named or alias


def _body(body: bytes) -> PredictBody:
    try:
        return PredictBody.model_validate_json(body or b"{}")
    except ValidationError as error:
        raise RequestError(sentence(error.errors())) from None


def _predict_paths(parts: Parts, name: str, body: PredictBody) -> list[Json]:
    line, alias = _known(parts, name, alias=body.alias)
    inputs = [check_readable(path, settings=parts.settings) for path in body.inputs]
    for path in inputs:
        if not path.exists():
            raise RequestError(f"the input {path} does not exist")
    return parts.models.predict(line, alias=alias, inputs=inputs)


async def _predict_form(parts: Parts, name: str, request: Request) -> list[Json]:
    async with request.form(max_files=MAX_FILES, max_fields=8) as form:
        files = [value for value in form.getlist("files") if isinstance(value, UploadFile)]
        files = files or [value for value in form.values() if isinstance(value, UploadFile)]
        if not files:
            raise RequestError("the form has no files: expected one or more under the name files")
        alias = str(form.get("alias") or CHAMPION)
        return await run_in_threadpool(_predict_files, parts, name, alias, files)


def _predict_files(parts: Parts, name: str, alias: str, files: Sequence[UploadFile]) -> list[Json]:
    """The files lie on disk only while they are predicted for; answers name them as they were sent."""
    line, alias = _known(parts, name, alias=alias)
    parts.settings.folders.run.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="predict-", dir=parts.settings.folders.run) as folder:
        paths = [_lay_down(file, Path(folder), number) for number, file in enumerate(files)]
        predictions = parts.models.predict(line, alias=alias, inputs=paths)
    return [
        {**prediction, "input": file.filename} for prediction, file in zip(predictions, files, strict=True)
    ]


def _lay_down(file: UploadFile, folder: Path, number: int) -> Path:
    # The suffix says how to read it; nothing else of the sender's name is used.
    suffix = _UNSAFE.sub("", Path(file.filename or "").suffix)[:16]
    path = folder / f"{number:05d}{suffix}"
    with path.open("wb") as target:
        shutil.copyfileobj(file.file, target)
    return path
