"""The models process's routes for what is kept and what is let go."""

from fastapi import FastAPI
from pydantic import BaseModel

from automl_tl.web.base import UpkeepClient


class CollectCall(BaseModel):
    """What the supervisor asks to free."""

    dry_run: bool


class DeleteCall(BaseModel):
    """Which version the supervisor asks to delete; None: all of the name's."""

    name: str
    version: int | None
    reason: str


class ForgetCall(BaseModel):
    """Which samples of which tenant the supervisor asks to forget, and who asked it."""

    samples: list[str]
    tenant: str
    dataset_name: str | None
    who: str


def add_upkeep(app: FastAPI, upkeep: UpkeepClient) -> None:
    """``POST /usage``, ``/collect``, ``/delete`` and ``/forget``."""

    @app.post("/usage")
    def usage() -> dict[str, object]:
        return upkeep.usage()

    @app.post("/collect")
    def collect(call: CollectCall) -> dict[str, object]:
        return upkeep.collect(dry_run=call.dry_run)

    @app.post("/delete")
    def delete(call: DeleteCall) -> dict[str, object]:
        upkeep.delete(call.name, version=call.version, reason=call.reason)
        return {}

    @app.post("/forget")
    def forget(call: ForgetCall) -> dict[str, object]:
        return upkeep.forget(call.samples, tenant=call.tenant, dataset_name=call.dataset_name, who=call.who)
