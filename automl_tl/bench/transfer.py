"""``bench transfer``: what the search gains over the best linear probe of its zoo, on one's own data."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from automl_tl.data.manifest import read_manifest
from automl_tl.data.prepared import prepare
from automl_tl.domain.candidate import Candidate
from automl_tl.domain.dataset import Manifest, Split
from automl_tl.domain.metric import Metric
from automl_tl.model.prepared import normalise
from automl_tl.model.preparer import preparer_of
from automl_tl.search.space_file import read_space
from automl_tl.settings import Settings
from automl_tl.wiring.adapters import store_of
from automl_tl.wiring.foreground import quietly, run_here
from automl_tl.wiring.worker import zoo_of
from automl_tl.zoo.base import Backbone

_BATCH = 64
_STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
Hits = NDArray[np.float64]


def run(submission: dict[str, Any], settings: Settings, *, seeds: int) -> dict[str, Any]:
    """One job a seed, each under a name of its own: the champion's hits on its sealed test beside a probe's.

    The probe of a candidate is logistic regression on its pooled features, its strength chosen on validation;
    the best probe is the one best there. The gain's 95 % interval is over samples, each averaged over seeds.
    """
    rows = []
    for seed in range(seeds):
        said = {**submission, "name": f"{submission['name']}-{seed}", "seed": seed, "metric": Metric.ACCURACY}
        outcome = run_here(said, settings, tell=quietly)
        rows.append(_row(outcome, said, settings))
    gains = np.mean([row.pop("gains") for row in rows], axis=0)
    spread = stats.norm.ppf(0.975) * gains.std(ddof=1) / np.sqrt(len(gains))
    mean = float(gains.mean())
    found = {"seeds": rows, "gain": mean, "interval": [mean - spread, mean + spread], "samples": len(gains)}
    return {**found, "table": _table(found)}


def _row(outcome: dict[str, Any], said: dict[str, Any], settings: Settings) -> dict[str, Any]:
    store = store_of(settings)
    job = store.job(str(outcome["job"]))
    store.close()
    assert job.manifest is not None
    manifest = read_manifest(Path(job.manifest))
    space = read_space(job.request.space, root=Path(job.request.space_root))
    probes = [_probe(candidate, manifest, settings) for candidate in space.candidates]
    name, validation, probe = max(probes, key=lambda probe: probe[1])
    with np.load(settings.folders.job(job.id) / "predictions" / "test" / "challenger.npz") as read:
        champion = (read["probabilities"].argmax(axis=1) == read["targets"]).astype(float)
    return {
        "seed": said["seed"],
        "candidate": outcome["candidate"],
        "freeze_depth": outcome["freeze_depth"],
        "test": float(champion.mean()),
        "probe": name,
        "probe_validation": validation,
        "probe_test": float(probe.mean()),
        "seconds": outcome["seconds"],
        "best_so_far": outcome["best_so_far"],
        "gains": champion - probe,
    }


def _probe(candidate: Candidate, manifest: Manifest, settings: Settings) -> tuple[str, float, Hits]:
    backbone = zoo_of(settings).load(candidate)
    features = {split: _features(backbone, manifest, split, settings) for split in Split}
    best: tuple[float, Hits] | None = None
    for strength in _STRENGTHS:
        probe = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=1000))
        probe.fit(*features[Split.TRAIN])
        value = float(probe.score(*features[Split.VALIDATION]))
        if best is None or value > best[0]:
            asked, targets = features[Split.TEST]
            best = value, (probe.predict(asked) == targets).astype(float)
    assert best is not None
    return candidate.id, *best


def _features(
    backbone: Backbone, manifest: Manifest, split: Split, settings: Settings
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    look = backbone.preprocessing
    pictures = prepare(
        manifest, preparer=preparer_of(look, backbone.files), cache=settings.folders.cache, splits={split}
    )
    indices = np.array(manifest.indices(split), np.int64)
    module = backbone.module.eval()

    def batches() -> Iterator[NDArray[np.float32]]:
        for start in range(0, len(indices), _BATCH):
            batch = normalise(pictures.batch(indices[start : start + _BATCH]), look)
            yield module(batch).numpy()

    with torch.inference_mode():
        found = np.concatenate(list(batches()))
    return found, pictures.targets.numpy()[indices]


def _table(found: dict[str, Any]) -> str:
    lines = [f"{'seed':>4} {'champion':<36} {'depth':>5} {'test':>7} {'best probe':<32} {'test':>7} {'s':>6}"]
    lines += [
        f"{row['seed']:>4} {row['candidate']:<36} {row['freeze_depth']:>5} {row['test']:>7.4f} "
        f"{row['probe']:<32} {row['probe_test']:>7.4f} {row['seconds']:>6.0f}"
        for row in found["seeds"]
    ]
    low, high = found["interval"]
    lines.append(f"gain {found['gain']:+.4f} ({low:+.4f} to {high:+.4f}) on {found['samples']} samples")
    return "\n".join(lines)
