"""Whether the registry's library is there, and where the registry lies."""

from importlib.metadata import PackageNotFoundError, version

from automl_tl.domain.finding import Finding, Health
from automl_tl.settings import Settings


def probe(settings: Settings) -> Finding:
    """The registry of a home as it is set; it is neither opened nor asked."""
    root = settings.folders.registry
    if settings.registry == "folder":
        return Finding(what="registry", found=f"folder {root}")
    try:
        found = version("mlflow")
    except PackageNotFoundError:
        advice = "install mlflow, or set AUTOML_TL_REGISTRY=folder"
        return Finding(what="registry", health=Health.BAD, found="MLflow is not installed", advice=advice)
    return Finding(what="registry", found=f"mlflow {found} on {settings.registry_url or root}")
