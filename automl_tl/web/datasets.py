"""The API of datasets."""

from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from starlette.datastructures import UploadFile

from automl_tl.errors import RequestError
from automl_tl.web.parts import Given
from automl_tl.web.uploads import BLOCK_BYTES, take
from automl_tl.web.view import Json

router = APIRouter(prefix="/api/v1", tags=["datasets"])
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/zip": {"schema": {"type": "string", "format": "binary"}},
            "application/x-tar": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
            },
        },
    }
}


@router.post("/datasets", status_code=201, openapi_extra=_BODY)
async def upload(parts: Given, request: Request) -> Json:
    """Take a zip or tar archive, as the body or as one file of a form; ``dataset`` is what to submit then."""
    folder = parts.settings.folders.datasets / "uploads"
    is_form = request.headers.get("content-type", "").startswith("multipart/form-data")
    chunks = _form_file(request) if is_form else request.stream()
    taken = await take(chunks, folder=folder)
    return {"dataset": str(taken.path), "sha256": taken.sha256, "bytes": taken.size}


async def _form_file(request: Request) -> AsyncIterator[bytes]:
    async with request.form(max_files=1, max_fields=8) as form:
        files = [value for value in form.values() if isinstance(value, UploadFile)]
        if not files:
            raise RequestError("the form has no file: expected one zip or tar archive")
        while chunk := await files[0].read(BLOCK_BYTES):
            yield chunk
