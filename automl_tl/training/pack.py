"""A trial's checkpoint becomes an artifact: the very bytes that are proven and promoted."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from automl_tl.domain.dataset import Manifest, Split
from automl_tl.model.artifact import save
from automl_tl.model.predictor import Predictor


def pack(
    predictor: Predictor, folder: Path, *, temperature: float, manifest: Manifest, facts: Mapping[str, object]
) -> str:
    """Write the predictor into ``folder`` with this temperature; its digest. ``facts`` are JSON values."""
    spec = replace(predictor.spec, temperature=temperature)
    return save(folder, spec=spec, network=predictor.network, example=_example(manifest), facts=dict(facts))


def _example(manifest: Manifest) -> bytes | None:
    """A training picture that shows what goes in; only a PNG will do, which is stored as it is."""
    for index in manifest.indices(Split.TRAIN):
        path = Path(manifest.root) / manifest.samples[index].path
        if path.suffix.lower() == ".png":
            return path.read_bytes() if path.is_file() else None
    return None
