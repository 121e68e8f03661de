"""The API of the daemon itself: its machine, its parts, what is installed."""

import time
from dataclasses import asdict

from fastapi import APIRouter

from automl_tl.daemon.vitals import versions, vitals
from automl_tl.web.parts import Given, Parts
from automl_tl.web.view import Json

router = APIRouter(prefix="/api/v1", tags=["operation"])


@router.get("/system")
def show_system(parts: Given) -> Json:
    """How machine, processes, store and registry are, how many jobs run and wait, and every version."""
    return system_json(parts)


def system_json(parts: Parts) -> Json:
    """The same as the page shows it; ``answered_in`` is in seconds."""
    begun = time.perf_counter()
    now = parts.store.now()
    answered_in = time.perf_counter() - begun
    settings = parts.settings
    url = settings.store_url
    kind = "postgresql" if url and url.startswith("postgresql") else "sqlite"
    return {
        "now": now,
        **asdict(vitals(settings.folders)),
        "home": str(settings.folders.root),
        "jobs": {str(state): count for state, count in parts.store.count_jobs().items()},
        "running_jobs": settings.running_jobs,
        "store": {"kind": kind, "answered_in": answered_in},
        "registry": settings.registry,
        "models_process": parts.models.is_alive(),
        "limits": {
            "activations": settings.activation_bytes,
            "prepared pictures": settings.picture_bytes,
        },
        "versions": versions(),
    }
