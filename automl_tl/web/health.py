"""Whether the daemon lives and is ready, and its metrics."""

from fastapi import APIRouter, Response

from automl_tl.web.parts import Given
from automl_tl.web.view import Json

router = APIRouter(tags=["operation"])


@router.get("/healthz")
def healthz() -> Json:
    """The process lives."""
    return {"status": "alive"}


@router.get("/readyz")
def readyz(parts: Given) -> Json:
    """Jobs are taken: the store answers. 503 otherwise."""
    parts.store.now()
    return {"status": "ready"}


@router.get("/metrics", response_class=Response)
def metrics(parts: Given) -> Response:
    """Every figure in the text format of Prometheus."""
    parts.metrics.refresh()
    return Response(parts.metrics.render(), headers={"Content-Type": parts.metrics.content_type})
