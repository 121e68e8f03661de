"""The examination that ``doctor`` makes: each room looks at what it needs."""

import os
import platform
import shutil
import sys
import tempfile
from pathlib import Path

from automl_tl.domain.finding import Finding, Health
from automl_tl.settings import Settings
from automl_tl.wiring.reach import examine_daemon

_LEAST_BYTES = 2**30
_GOOD_BYTES = 10 * 2**30


def examine(settings: Settings, *, online: bool = False) -> tuple[Finding, ...]:
    """What was found, in the order in which it is to be mended; nothing is changed.

    Asked are the servers that the settings name, and only ``online`` the hub. Where they name a daemon
    elsewhere, it does the work, and this machine needs no more than a way there.
    """
    if settings.url is not None:
        return (_python(), *examine_daemon(settings))
    from automl_tl.executors import probe as executors
    from automl_tl.model import probe as model
    from automl_tl.registry import probe as registry
    from automl_tl.store import probe as store
    from automl_tl.zoo import probe as zoo

    root = settings.folders.root
    return (
        _python(),
        _home(root),
        _disk(root),
        *model.probe(),
        executors.probe(),
        store.probe(settings),
        registry.probe(settings),
        zoo.probe(online=online),
    )


def _python() -> Finding:
    found = f"{platform.python_version()} at {sys.executable}"
    if tuple(map(int, platform.python_version_tuple()[:2])) >= (3, 11):
        return Finding(what="python", found=found)
    return Finding(what="python", health=Health.BAD, found=found, advice="use Python 3.11 or newer")


def _home(root: Path) -> Finding:
    """Looks at the nearest folder that exists: an examination makes no home."""
    place = _nearest(root)
    advice = "give another with --home DIR or AUTOML_TL_HOME"
    if not os.access(place, os.W_OK | os.X_OK):
        return Finding(what="home", health=Health.BAD, found=f"{place} is not writable", advice=advice)
    if not place.is_dir():
        return Finding(what="home", health=Health.BAD, found=f"{place} is not a folder", advice=advice)
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        found = f"{place}: {error.strerror}"
        return Finding(what="home", health=Health.BAD, found=found, advice=advice)
    return Finding(what="home", found=f"{root}" if place == root else f"{root} (made by the first job)")


def _disk(root: Path) -> Finding:
    free = shutil.disk_usage(_nearest(root)).free
    found = f"{free / 2**30:.1f} GiB free"
    if free >= _GOOD_BYTES:
        return Finding(what="disk", found=found)
    advice = "a search keeps checkpoints and activations: make room, or choose another home"
    return Finding(
        what="disk", health=Health.BAD if free < _LEAST_BYTES else Health.WARN, found=found, advice=advice
    )


def _nearest(path: Path) -> Path:
    return next(place for place in (path, *path.parents) if place.exists())
