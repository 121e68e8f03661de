"""The API of model cards: by job, or by a name's version or alias."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from automl_tl.job.card_shelf import CardKind, job_card, model_card
from automl_tl.web.assets import POLICY
from automl_tl.web.parts import Given

router = APIRouter(prefix="/api/v1", tags=["models"])
_MEDIA = {
    CardKind.MARKDOWN: "text/markdown",
    CardKind.HTML: "text/html",
    CardKind.JSON: "application/json",
}
# A card brings its own style along; scripts stay forbidden.
_CARD_POLICY = POLICY.replace("style-src 'self'", "style-src 'unsafe-inline'").replace(
    "script-src 'self'; ", ""
)

Kind = Annotated[CardKind, Query(alias="format", description="json, md or html")]


@router.get("/jobs/{id}/card", response_class=Response)
def show_job_card(parts: Given, id: str, kind: Kind = CardKind.JSON) -> Response:
    """The model card of a job that came to a decision, whatever that was."""
    return _answer(job_card(parts.store, parts.settings.folders, parts.job(id).id, kind), kind)


@router.get("/models/{name}/card", response_class=Response)
def show_model_card(parts: Given, name: str, kind: Kind = CardKind.JSON) -> Response:
    """The champion's model card; NAME may be NAME@VERSION or NAME@ALIAS."""
    home = parts.settings.folders
    return _answer(model_card(parts.store, home, tenant=parts.tenant, name=name, kind=kind), kind)


def _answer(text: str, kind: CardKind) -> Response:
    return Response(text, media_type=_MEDIA[kind], headers={"Content-Security-Policy": _CARD_POLICY})
