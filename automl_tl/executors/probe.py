"""Whether Ray can be had."""

from automl_tl.domain.finding import Finding, Health


def probe() -> Finding:
    """Ray's version; nothing is started. The import takes seconds."""
    try:
        import ray
    except (ImportError, OSError) as error:
        advice = 'install "ray[tune]", or give jobs --executor inline'
        return Finding(what="ray", health=Health.WARN, found=str(error), advice=advice)
    return Finding(what="ray", found=f"ray {ray.__version__}")
