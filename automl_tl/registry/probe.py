"""Whether the registry's library is there, where the registry lies, and whether its server answers."""

import urllib.request
from importlib.metadata import PackageNotFoundError, version

from automl_tl.domain.finding import Finding, Health
from automl_tl.settings import Settings

_SECONDS = 5.0


def probe(settings: Settings) -> Finding:
    """The registry of a home as it is set; a server is asked for its health, the rest is not opened."""
    root = settings.folders.registry
    if settings.registry == "folder":
        return Finding(what="registry", found=f"folder {root}")
    try:
        found = version("mlflow")
    except PackageNotFoundError:
        advice = "install mlflow, or set AUTOML_TL_REGISTRY=folder"
        return Finding(what="registry", health=Health.BAD, found="MLflow is not installed", advice=advice)
    told = f"mlflow {found} on {settings.registry_url or root}"
    url = settings.registry_url or ""
    if url.startswith(("http://", "https://")) and (why := _why_silent(url)) is not None:
        advice = "see that MLflow's server runs and may be reached: decisions wait for it, and none is lost"
        return Finding(what="registry", health=Health.BAD, found=f"{told}: {why}", advice=advice)
    return Finding(what="registry", found=told)


def _why_silent(url: str) -> str | None:
    try:
        with urllib.request.urlopen(f"{url.rstrip('/')}/health", timeout=_SECONDS):
            return None
    except (OSError, ValueError) as error:
        return f"it does not answer ({getattr(error, 'reason', error)})"
