"""Errors as problem+json (RFC 9457), or as a page for people."""

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from automl_tl.errors import (
    AutomlError,
    Conflict,
    DiskFull,
    NotAllowed,
    NotFound,
    OperatorError,
    RequestError,
    TooLarge,
    TooManyRequests,
    TransientError,
)
from automl_tl.web.render import render

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:automl-tl:error:"
STATUSES: tuple[tuple[type[AutomlError], int], ...] = (  # the first class that fits counts
    (NotFound, 404),
    (Conflict, 409),
    (NotAllowed, 403),
    (TooLarge, 413),
    (RequestError, 422),
    (TooManyRequests, 429),
    (TransientError, 503),
    (DiskFull, 507),
    (OperatorError, 500),
    (AutomlError, 500),
)
_RETRY_SECONDS = "2"
_NO_KEYS = frozenset(("body", "query", "path", "header", "float", "str", "int"))  # places and union members

_log = logging.getLogger(__name__)


def status_of(error: AutomlError) -> int:
    """The HTTP status that tells whose turn it is."""
    return next(status for kind, status in STATUSES if isinstance(error, kind))


def problem(error: AutomlError, *, status: int | None = None) -> Response:
    """The error as problem+json; ``type`` ends with the name of its class in ``automl_tl.errors``."""
    status = status or status_of(error)
    headers = {"Retry-After": _RETRY_SECONDS} if status == 503 else {}
    return _problem_json(
        status, kind=type(error).__name__, title=error.title, detail=error.detail, headers=headers
    )


def install_problems(app: FastAPI) -> None:
    """Let the app answer every error in one shape."""
    app.add_exception_handler(AutomlError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)


def sentence(errors: Sequence[Mapping[str, Any]]) -> str:
    """The first of pydantic's findings, as one sentence that names the key, what was found and expected."""
    first = errors[0]
    key = ".".join(str(part) for part in first["loc"] if part not in _NO_KEYS)
    if first["type"] == "json_invalid":
        return f"the body is not JSON: {first.get('ctx', {}).get('error', first['msg'])}"
    if first["type"] == "missing":
        return f"{key} is missing" if key else "a JSON body is expected, but none was found"
    expected = str(first["msg"]).removeprefix("Input should be ").removeprefix("Value error, ")
    found = json.dumps(first.get("input"), default=str)
    return f"{key or 'the body'}: expected {expected}, found {found[:200]}"


async def _on_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AutomlError)
    if status_of(error) >= 500:
        _log.warning("request failed: %s", error, extra={"path": request.url.path})
    return _answer(request, problem(error), title=error.title, detail=error.detail)


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return problem(RequestError(sentence(error.errors())))


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    kind = {404: NotFound, 413: TooLarge}.get(error.status_code, RequestError)
    title, detail = kind.title, str(error.detail)
    if error.status_code == 404:
        detail = f"there is nothing at {request.url.path}"
    elif error.status_code == 405:
        detail = f"{request.url.path} does not take {request.method}"
    answer = _problem_json(
        error.status_code, kind=kind.__name__, title=title, detail=detail, headers=dict(error.headers or {})
    )
    return _answer(request, answer, title=title, detail=detail)


def _answer(request: Request, answer: Response, *, title: str, detail: str) -> Response:
    """The same answer as a page where a person's browser asked for one."""
    is_page = not request.url.path.startswith("/api") and "text/html" in request.headers.get("accept", "")
    if not is_page:
        return answer
    return render(request, "error.html", values={"title": title, "detail": detail}, status=answer.status_code)


def _problem_json(
    status: int, *, kind: str, title: str, detail: str, headers: Mapping[str, str] | None = None
) -> Response:
    body = {"type": f"{TYPE}{kind}", "title": title, "status": status, "detail": detail}
    return Response(
        json.dumps(body, ensure_ascii=False),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers=dict(headers or {}),
    )
