"""The API of exports: a version leaves as a zip archive of its files."""

import json
import shutil
import tempfile
import zipfile
from pathlib import Path

from fastapi import APIRouter
from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from automl_tl.web.parts import Given
from automl_tl.web.prediction import known
from automl_tl.web.schemas import ExportBody

router = APIRouter(prefix="/api/v1", tags=["models"])
ZIP = "application/zip"
SAID = "export.json"
"""What was found and written; in the archive it lies beside the folder ``files/``."""


@router.post(
    "/models/{name}/export",
    response_class=FileResponse,
    responses={"200": {"description": "export.json, and the model's files in files/", "content": {ZIP: {}}}},
)
def export(parts: Given, name: str, body: ExportBody) -> FileResponse:
    """The files of a version, as safetensors or as an ONNX graph; NAME may be NAME@ALIAS."""
    line, alias = known(parts, name, alias=body.alias)
    parts.settings.folders.run.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="export-", dir=parts.settings.folders.run))
    try:
        said = parts.models.export(line, to=folder / "files", terms=body.terms(alias=alias))
        packed = _packed(folder, said=json.dumps(said, ensure_ascii=False))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    gone = BackgroundTask(shutil.rmtree, folder, ignore_errors=True)
    return FileResponse(packed, media_type=ZIP, filename=f"{line}.zip", background=gone)


def _packed(folder: Path, *, said: str) -> Path:
    packed = folder / "export.zip"
    with zipfile.ZipFile(packed, "w") as archive:  # weights do not shrink
        archive.writestr(SAID, said)
        for path in sorted((folder / "files").iterdir()):
            archive.write(path, f"files/{path.name}")
    return packed
