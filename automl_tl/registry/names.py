"""What a registered model may be called, and the tag by which its decision is found again."""

import re
from collections.abc import Mapping

from automl_tl.domain.job import DEFAULT_TENANT
from automl_tl.errors import Conflict, RequestError

DECISION = "automl_tl.decision"
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,126}")


def checked(name: str) -> str:
    """The name, if it is one (``NAME`` or ``TENANT.NAME``); raises RequestError."""
    if not _NAME.fullmatch(name) or ".." in name:
        raise RequestError(
            f"{name!r} is no model's name: letters a-z, digits, '_', '-', and '.' after a tenant"
        )
    return name


def registered_name(tenant: str, name: str) -> str:
    """What the registry calls a name."""
    return name if tenant == DEFAULT_TENANT else f"{tenant}.{name}"


def line_of(registered: str) -> tuple[str, str]:
    """The tenant and the name behind what the registry calls it; raises RequestError."""
    tenant, dot, name = checked(registered).partition(".")
    return (tenant, name) if dot else (DEFAULT_TENANT, tenant)


def check_unnamed(name: str, version: int, aliases: Mapping[str, int]) -> None:
    """Raises Conflict where an alias names the version."""
    named = sorted(alias for alias, of in aliases.items() if of == version)
    if named:
        raise Conflict(f"the alias {' and '.join(named)} of {name} names version {version}: move it first")
