"""MLflow's rows of versions and aliases; MLflow's errors pass through."""

import re
from collections.abc import Mapping
from typing import Any

from automl_tl.registry.base import Version
from automl_tl.registry.mlflow_connection import EXISTS, MISSING, Connection

_DESCRIPTION = 5000  # characters that MLflow's database holds of one


def versions_of(connection: Connection, name: str | None = None) -> list[Any]:
    """A name's versions, or everybody's, as MLflow tells them."""
    found: list[Any] = []
    token = None
    while True:
        page = connection.client.search_model_versions(name and f"name='{name}'", page_token=token)
        found += page
        token = page.token
        if not token:
            return found


def aliases_of(connection: Connection, name: str) -> dict[str, int]:
    """Alias → version; empty for an unknown name."""
    found: Mapping[str, Any] = {}
    with connection.accepting(MISSING):
        found = connection.client.get_registered_model(name).aliases
    return {alias: int(version) for alias, version in found.items()}


def told(version: Any, *, aliases: Mapping[str, int]) -> Version:
    """MLflow's version as one of ours."""
    number = int(version.version)
    return Version(
        name=version.name,
        number=number,
        tags=dict(version.tags),
        aliases=tuple(sorted(alias for alias, of in aliases.items() if of == number)),
    )


def make_version(
    connection: Connection, name: str, *, tags: Mapping[str, str], summary: str | None, source: dict[str, str]
) -> int:
    """A new version that refers to ``source``, with its tags from its first moment; its number."""
    with connection.accepting(EXISTS):
        connection.client.create_registered_model(name)
    description = None if summary is None else _shortened(summary)
    made = connection.client.create_model_version(name, tags=dict(tags), description=description, **source)
    return int(made.version)


def model_id(version: Any) -> str | None:
    """The logged model behind a version, None where its source is none of these."""
    found = re.search(r"(?:models:|/models)/(m-[0-9a-f]+)", version.source)
    return None if found is None else found[1]


def _shortened(summary: str) -> str:
    """By whole paragraphs, so that no table breaks off."""
    while len(summary) > _DESCRIPTION:
        summary = summary.rpartition("\n\n")[0] or summary[:_DESCRIPTION]
    return summary
