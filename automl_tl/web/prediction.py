"""The API of served models: predictions for files, and what a model is worth on labelled ones."""

import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.responses import Response

from automl_tl.domain.prediction import CHAMPION, OnError, PredictionTerms, Written
from automl_tl.errors import RequestError
from automl_tl.registry.names import registered_name
from automl_tl.web.parts import Given, Parts
from automl_tl.web.prediction_stream import LINES, answer_lines
from automl_tl.web.problems import sentence
from automl_tl.web.readable import check_readable
from automl_tl.web.schemas import EvaluateBody, PredictBody, TextBody
from automl_tl.web.view import Json

router = APIRouter(prefix="/api/v1", tags=["models"])
MAX_FILES = 1000
Share = Annotated[float, Query(ge=0, le=1)]
_UNSAFE = re.compile(r"[^\w.-]+")
_LINE = "one absolute path, or an object with the key input (a path) or text, as JSON on each line"
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": PredictBody.model_json_schema()},
            LINES: {"schema": {"type": "string", "description": _LINE}},
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
    },
    "responses": {
        "200": {
            "description": "predictions in the order of the inputs; of lines, a line each",
            "content": {
                "application/json": {"schema": {"type": "object"}},
                LINES: {"schema": {"type": "string"}},
            },
        }
    },
}


@router.post("/models/{name}/predict", openapi_extra=_BODY, response_model=None)
async def predict(
    parts: Given,
    name: str,
    request: Request,
    alias: str = CHAMPION,
    abstain_below: Share = 0.0,
    on_error: OnError = OnError.STOP,
) -> Json | Response:
    """Predict for the files of a form, for files on this machine, or for texts; NAME may be NAME@ALIAS.

    Below the probability ``abstain_below`` an answer's label is null, and ``guess`` says what it would have
    been. Each answer states the version and the digest that it came from. With the media type
    application/x-ndjson there may be any number of inputs: each line is answered by a line, in order, while
    more are sent (read while you send); one that cannot be answered gets ``error`` and ends nothing.
    ``alias`` and ``abstain_below`` are for lines and forms, ``on_error`` for forms; a JSON body has its own.
    """
    line, alias = await run_in_threadpool(known, parts, name, alias=alias)
    kind = request.headers.get("content-type", "")
    terms = PredictionTerms(alias=alias, abstain_below=abstain_below, on_error=on_error)
    if kind.startswith(LINES):
        return await answer_lines(parts, line, terms=terms, source=request.stream())
    if kind.startswith("multipart/form-data"):
        predictions = await _predict_form(parts, line, request, terms=terms)
    else:
        body = _body(await request.body())
        alias = alias if "@" in name or body.alias == CHAMPION else body.alias
        predictions = await run_in_threadpool(
            _predict_given, parts, line, body.inputs, terms=body.terms(alias=alias)
        )
    return {"predictions": predictions}


@router.post("/models/{name}/evaluate")
def evaluate(parts: Given, name: str, body: EvaluateBody) -> Json:
    """Evaluate on a labelled folder or table on this machine; NAME may be NAME@ALIAS.

    Scoring samples of the name's sealed test is an opening of it, which later proofs pay for: ``sealed`` of
    the answer says so, and ``"sealed": "leave-out"`` leaves them unread.
    """
    line, alias = known(parts, name, alias=body.alias)
    dataset = check_readable(body.dataset, settings=parts.settings, caller=parts.caller)
    if not dataset.exists():
        raise RequestError(
            f"the dataset {dataset} does not exist: expected a folder of class folders, or a table"
        )
    return parts.models.evaluate(line, dataset=dataset, terms=body.terms(alias=alias))


def known(parts: Parts, name: str, *, alias: str = CHAMPION) -> tuple[str, str]:
    """What the registry calls the caller's name, and the alias, once the name is known; raises NotFound."""
    name, _, named = name.partition("@")
    parts.store.model(tenant=parts.tenant, name=name)
    return registered_name(parts.tenant, name), named or alias


def _body(body: bytes) -> PredictBody:
    try:
        return PredictBody.model_validate_json(body or b"{}")
    except ValidationError as error:
        raise RequestError(sentence(error.errors())) from None


def _predict_given(
    parts: Parts, name: str, asked: Sequence[str | TextBody], *, terms: PredictionTerms
) -> list[Json]:
    inputs = [
        Written(text=one.text)
        if isinstance(one, TextBody)
        else check_readable(one, settings=parts.settings, caller=parts.caller)
        for one in asked
    ]
    return parts.models.predict(name, inputs=inputs, terms=terms)


async def _predict_form(parts: Parts, name: str, request: Request, *, terms: PredictionTerms) -> list[Json]:
    async with request.form(max_files=MAX_FILES, max_fields=8) as form:
        files = [value for value in form.getlist("files") if isinstance(value, UploadFile)]
        files = files or [value for value in form.values() if isinstance(value, UploadFile)]
        if not files:
            raise RequestError("the form has no files: expected one or more under the name files")
        said = str(form.get("alias") or terms.alias)
        return await run_in_threadpool(_predict_files, parts, name, files, terms=replace(terms, alias=said))


def _predict_files(
    parts: Parts, name: str, files: Sequence[UploadFile], *, terms: PredictionTerms
) -> list[Json]:
    """The files lie on disk only while they are predicted for; answers name them as they were sent."""
    parts.settings.folders.run.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="predict-", dir=parts.settings.folders.run) as folder:
        paths = [_lay_down(file, Path(folder), number) for number, file in enumerate(files)]
        predictions = parts.models.predict(name, inputs=paths, terms=terms)
    return [
        _called(prediction, path=path, name=file.filename or path.name)
        for prediction, path, file in zip(predictions, paths, files, strict=True)
    ]


def _called(prediction: Json, *, path: Path, name: str) -> Json:
    """An answer that names its file as the sender does, in what it says of an error too."""
    error = prediction.get("error")
    if not isinstance(error, dict):
        return {**prediction, "input": name}
    detail = str(error.get("detail")).replace(str(path), name)
    return {**prediction, "input": name, "error": {**error, "detail": detail}}


def _lay_down(file: UploadFile, folder: Path, number: int) -> Path:
    # The suffix says how to read it; nothing else of the sender's name is used.
    suffix = _UNSAFE.sub("", Path(file.filename or "").suffix)[:16]
    path = folder / f"{number:05d}{suffix}"
    with path.open("wb") as target:
        shutil.copyfileobj(file.file, target)
    return path
