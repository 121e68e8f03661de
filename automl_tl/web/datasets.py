"""The API of datasets."""

from collections.abc import AsyncIterator, Iterable

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from automl_tl.errors import RequestError
from automl_tl.web.parts import Given
from automl_tl.web.share import Share
from automl_tl.web.uploads import BLOCK_BYTES, take
from automl_tl.web.view import Json

router = APIRouter(prefix="/api/v1", tags=["datasets"])
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/zip": {"schema": {"type": "string", "format": "binary"}},
            "application/x-tar": {"schema": {"type": "string", "format": "binary"}},
            "text/csv": {"schema": {"type": "string", "format": "binary"}},
            "text/tab-separated-values": {"schema": {"type": "string", "format": "binary"}},
            "application/jsonl": {"schema": {"type": "string", "format": "binary"}},
            "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
            },
        },
    }
}


@router.post("/datasets", status_code=201, openapi_extra=_BODY)
async def upload(parts: Given, request: Request) -> Json:
    """Take an archive (zip, tar) or a table, as the body or as one file of a form.

    Text tables are told by the content type, or by the file's name in the form. ``dataset`` is what to
    submit then.
    """
    share = Share.of(parts.tenant, parts.settings)
    await run_in_threadpool(share.require_room, _stated(request))
    content_type = request.headers.get("content-type", "")
    if content_type.startswith("multipart/form-data"):
        async with request.form(max_files=1, max_fields=8) as form:
            file = _form_file(form.values())
            taken = await take(_chunks(file), share=share, called=file.filename or "")
    else:
        taken = await take(request.stream(), share=share, called=content_type)
    return {"dataset": str(taken.path), "sha256": taken.sha256, "bytes": taken.size}


def _stated(request: Request) -> int:
    """The bytes of the body, where the request says how many they are; at least one."""
    stated = request.headers.get("content-length", "")
    return max(1, int(stated)) if stated.isdigit() else 1


def _form_file(values: Iterable[object]) -> UploadFile:
    file = next((value for value in values if isinstance(value, UploadFile)), None)
    if file is None:
        raise RequestError("the form has no file: expected one archive (zip, tar) or table")
    return file


async def _chunks(file: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await file.read(BLOCK_BYTES):
        yield chunk
