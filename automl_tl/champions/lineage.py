"""Where a challenger comes from (data, network, training, code, machine), as its decision keeps it."""

import platform
import subprocess
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import automl_tl
from automl_tl.domain.candidate import Candidate, CandidateFacts
from automl_tl.domain.dataset import Manifest
from automl_tl.domain.job import JobRequest
from automl_tl.domain.trial import Trial
from automl_tl.domain.work import Reading

_LIBRARIES = ("torch", "torchvision", "timm", "transformers")
_GIT_SECONDS = 5.0


def lineage_of(
    *,
    request: JobRequest,
    manifest: Manifest,
    candidate: Candidate,
    facts: CandidateFacts,
    trial: Trial,
    retest: Reading,
) -> dict[str, object]:
    """JSON values by name; ``validation`` and ``retest`` are the metric's values there."""
    counted = Counter(str(sample.split) for sample in manifest.samples)
    return {
        "manifest": manifest.fingerprint,
        "splits": dict(sorted(counted.items())),
        "dataset": request.dataset.path,
        "dataset_name": request.dataset_name or request.name,
        "trial": trial.number,
        "candidate": trial.configuration.candidate,
        "freeze_depth": trial.configuration.freeze_depth,
        "seed": trial.seed,
        "job_seed": request.seed,
        "configuration": asdict(trial.configuration),
        "epochs": trial.epoch,
        "validation": trial.report.value if trial.report else None,
        "retest": retest.value,
        "temperature": retest.temperature,
        "backbone": candidate.source,
        "weights_sha256": facts.weights_sha256,
        "revision": facts.revision,
        "licence": facts.licence,
        "classes": list(manifest.classes),
        "code": code(),
        "environment": {**environment(), "device": retest.device or None},
    }


@cache
def code() -> Mapping[str, str | None]:
    """This package's ``version``, and the ``commit`` of the checkout it runs from, if any."""
    return {"version": version("automl-tl"), "commit": _commit(Path(automl_tl.__path__[0]).parent)}


@cache
def environment() -> Mapping[str, str]:
    """Python, the platform, and those of the libraries that are installed."""
    found = {"python": platform.python_version(), "platform": platform.platform()}
    for library in _LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found


def _commit(checkout: Path) -> str | None:
    if not (checkout / ".git").exists():
        return None
    command = ["git", "-C", str(checkout), "rev-parse", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_GIT_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None
