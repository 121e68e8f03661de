"""Which paths of this machine a caller may have read."""

from collections.abc import Sequence
from pathlib import Path

from automl_tl.domain.caller import Caller
from automl_tl.errors import DatasetRefused
from automl_tl.settings import Settings

TENANT = "{tenant}"
"""In a root, it stands for the caller's tenant."""


def check_readable(text: str, *, settings: Settings, caller: Caller) -> Path:
    """The path without its links, where it lies under a root of the caller; raises DatasetRefused.

    Roots are the operator's, and the tenant's own uploads. Where the operator names none, somebody on this
    machine may have everything read that the daemon can, and a key nothing but uploads.
    """
    if "\0" in text or not Path(text).is_absolute():
        raise DatasetRefused(f"{text!r} is not an absolute path on this machine")
    try:
        path = Path(text).resolve()
    except OSError as error:
        raise DatasetRefused(f"{text!r} cannot be looked up: {error.strerror}") from None
    named = _named(settings, caller)
    if caller.key is None and not named:
        return path
    uploads = settings.folders.datasets if caller.key is None else settings.folders.uploads(caller.tenant)
    if not any(path.is_relative_to(root) for root in (*named, uploads)):
        roots = ", ".join(map(str, named)) or "none is named by AUTOML_TL_DATASET_ROOTS, so only uploads"
        raise DatasetRefused(f"{path} lies outside the folders that may be read here: {roots}")
    return path


def _named(settings: Settings, caller: Caller) -> Sequence[Path]:
    roots = [Path(str(root).replace(TENANT, caller.tenant)) for root in settings.dataset_roots]
    return [root.expanduser().resolve() for root in roots]
