"""The champion's artifact as it was promoted: in its job's folder, or brought back from the registry."""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path

from automl_tl.domain.promotion import Decided
from automl_tl.errors import NotFound, OperatorError, RegistryUnavailable
from automl_tl.model.digest import why_other

_log = logging.getLogger(__name__)


def why_unreadable(champion: Decided, *, bring_back: Callable[[], object]) -> str | None:
    """Why the champion cannot be read, as a clause about it; None: its folder holds what was promoted.

    A folder that is gone or was changed is first brought back: ``bring_back`` puts the registry's bytes where
    there is none. Where that fails, what was there stays.
    """
    folder = Path(champion.artifact)
    why = why_other(folder, expected=champion.digest)
    if why is None:
        return None
    _log.warning("champion not as promoted", extra={"decision": champion.id, "why": f"{folder} {why}"})
    aside = folder.with_name(f".{folder.name}-other")
    if folder.is_dir():
        shutil.rmtree(aside, ignore_errors=True)
        folder.rename(aside)
    also = _brought_back(champion, bring_back)
    if also is None:
        return None
    if aside.is_dir() and not folder.exists():
        aside.rename(folder)
    return f"cannot be read: its artifact {folder} {why}, and {also}"


def _brought_back(champion: Decided, bring_back: Callable[[], object]) -> str | None:
    """What is wrong with the registry's bytes, None where they are the champion's and in its folder."""
    if champion.version is None:
        return "it is not registered yet"
    try:
        bring_back()
    except (RegistryUnavailable, OperatorError, NotFound) as problem:
        return f"the registry did not give it back: {problem}"
    folder = Path(champion.artifact)
    if not folder.is_dir():
        return f"the registry did not give version {champion.version} back"
    why = why_other(folder, expected=champion.digest)
    return None if why is None else f"version {champion.version} in the registry {why}"
