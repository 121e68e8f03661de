"""Whether Ray can be had."""

import os

from automl_tl.domain.finding import Finding, Health


def probe() -> Finding:
    """Ray's version; nothing is started. The import takes seconds."""
    try:
        import ray
    except (ImportError, OSError) as error:
        advice = 'install "ray[tune]", or give jobs --executor inline'
        return Finding(what="ray", health=Health.WARN, found=str(error), advice=advice)
    address = os.environ.get("RAY_ADDRESS")
    where = f"on the cluster at {address}" if address else "on this machine"
    return Finding(what="ray", found=f"ray {ray.__version__}, {where}")
