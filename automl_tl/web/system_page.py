"""The page of the daemon itself."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from automl_tl.web.parts import Given
from automl_tl.web.render import render
from automl_tl.web.system import system_json

router = APIRouter(include_in_schema=False)


@router.get("/system")
def show_system(parts: Given, request: Request) -> Response:
    """Machine, parts, versions."""
    system: dict[str, Any] = system_json(parts)
    values = {
        "system": system,
        "roles": {role["role"]: role for role in system["roles"]},
        "used_memory": _used(system["free_memory"], system["memory"]),
        "used_disk": _used(system["free_disk"], system["disk"]),
    }
    return render(request, "system.html", values=values)


@router.get("/system/usage")
def show_usage(parts: Given, request: Request) -> Response:
    """What the disk is for, as a part of that page: measuring may take seconds."""
    usage: Mapping[str, Any] = parts.models.usage()
    kinds = sorted(usage["kinds"].items(), key=lambda item: -item[1])
    settings = parts.settings
    values = {
        "usage": usage,
        "kinds": kinds,
        "largest": max((size for _, size in kinds), default=1) or 1,
        "limits": {"activations": settings.activation_bytes, "prepared pictures": settings.picture_bytes},
    }
    return render(request, "usage.html", values=values)


def _used(free: float, total: float) -> float:
    """Percent."""
    return round(100 * (1 - free / total), 1) if total else 0.0
