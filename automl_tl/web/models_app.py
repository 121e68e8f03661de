"""The models process's own small API, for a Unix socket that only the supervisor opens."""

from collections.abc import Callable, Mapping
from pathlib import Path

from fastapi import FastAPI
from pydantic import BaseModel

from automl_tl.domain.export import ExportTerms
from automl_tl.domain.prediction import EvaluationTerms, PredictionTerms, Written
from automl_tl.web.app import NO_TELEMETRY
from automl_tl.web.base import ModelsClient
from automl_tl.web.problems import install_problems
from automl_tl.web.surprise import Surprise
from automl_tl.web.upkeep_app import add_upkeep


class PredictCall(BaseModel):
    """What the supervisor asks to predict."""

    name: str
    inputs: list[Path | Written]
    terms: PredictionTerms


class ExportCall(BaseModel):
    """What the supervisor asks to export."""

    name: str
    to: Path
    terms: ExportTerms


class TryOutCall(BaseModel):
    """What the supervisor asks to try out."""

    name: str
    version: int


class EvaluateCall(BaseModel):
    """What the supervisor asks to evaluate."""

    name: str
    dataset: Path
    terms: EvaluationTerms


def build_models_app(
    service: ModelsClient, *, upkeep: Mapping[str, Callable[[], int]] | None = None
) -> FastAPI:
    """``POST /predict``, ``/evaluate``, ``/export``, ``/try-out``, ``GET /healthz``; errors as problem+json.

    ``upkeep`` adds one ``POST`` route a name, which answers ``changes``: what the function counted.
    """
    app = FastAPI(openapi_url=None, telemetry=NO_TELEMETRY)
    app.add_middleware(Surprise)
    install_problems(app)

    @app.get("/healthz")
    def healthz() -> dict[str, object]:
        return {"status": "alive"}

    @app.post("/predict")
    def predict(call: PredictCall) -> dict[str, object]:
        return {"predictions": service.predict(call.name, inputs=call.inputs, terms=call.terms)}

    @app.post("/evaluate")
    def evaluate(call: EvaluateCall) -> dict[str, object]:
        return service.evaluate(call.name, dataset=call.dataset, terms=call.terms)

    @app.post("/export")
    def export(call: ExportCall) -> dict[str, object]:
        return service.export(call.name, to=call.to, terms=call.terms)

    @app.post("/try-out")
    def try_out(call: TryOutCall) -> dict[str, object]:
        service.try_out(call.name, version=call.version)
        return {}

    add_upkeep(app, service)

    def answers(act: Callable[[], int]) -> Callable[[], dict[str, int]]:
        return lambda: {"changes": act()}

    for name, act in (upkeep or {}).items():
        app.post(f"/{name}")(answers(act))
    return app
