"""What a saved model has seen already, where it is a candidate: nothing that is held out from it now."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from automl_tl.data.manifest import read_manifest
from automl_tl.domain.candidate import Source
from automl_tl.domain.dataset import Manifest, Split
from automl_tl.domain.promotion import Decided
from automl_tl.registry.names import line_of
from automl_tl.store.base import Store

_PREFIX = f"{Source.CHAMPION}:"


def why_tainted(
    store: Store, name: str, *, revision: str | None, tenant: str, manifest: Manifest
) -> str | None:
    """Why that version of a name may not begin this job; None: it has seen none of what is held out.

    It and the models it was itself begun from were trained on the training splits of their jobs. Under one
    dataset-name samples keep their splits, and all is well; under another they may stand in test here.
    """
    held = {sample.sha256: sample.split for sample in manifest.samples if sample.split is not Split.TRAIN}
    for decided in _line(store, name, revision, tenant=tenant):
        path = store.job(decided.job).manifest
        if path is None or not Path(path).is_file():
            return f"what job {decided.job} trained it on is not known any more: its manifest is gone"
        learnt = {s.sha256 for s in read_manifest(Path(path)).samples if s.split is Split.TRAIN}
        seen = Counter(str(held[sha256]) for sha256 in learnt & held.keys())
        if seen:
            where = ", ".join(f"{count} of {split}" for split, count in sorted(seen.items()))
            return (
                f"it was trained on samples that are held out here ({where}): give this job the dataset-name"
                f" of job {decided.job}, so that samples keep their splits, or leave it out"
            )
    return None


def _line(store: Store, name: str, revision: str | None, *, tenant: str) -> Iterator[Decided]:
    """The model, the one it was begun from, and so on."""
    source: str | None = f"{_PREFIX}{name}"
    while source is not None and source.startswith(_PREFIX):
        _, own = line_of(source.removeprefix(_PREFIX))
        versions = store.versions(tenant=tenant, name=own)
        decided = next((d for d in versions if revision in (str(d.version), d.id)), None)
        if decided is None:
            return
        yield decided
        source, revision = _text(decided, "backbone"), _text(decided, "revision")


def _text(decided: Decided, key: str) -> str | None:
    value = decided.lineage.get(key)
    return value if isinstance(value, str) else None
