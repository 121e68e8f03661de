"""A trial's checkpoint becomes an artifact: the very bytes that are proven and promoted."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from automl_tl.domain.dataset import Manifest, Modality, Split
from automl_tl.model.artifact import save
from automl_tl.model.picture import PictureUnreadable, as_example
from automl_tl.model.predictor import Predictor


def pack(
    predictor: Predictor, folder: Path, *, temperature: float, manifest: Manifest, facts: Mapping[str, object]
) -> str:
    """Write the predictor into ``folder`` with this temperature; its digest. ``facts`` are JSON values.

    The fact ``example_sample`` is the sha256 of the training sample whose picture goes along, None without.
    """
    spec = replace(predictor.spec, temperature=temperature)
    sample, example = _example(manifest)
    said = {**facts, "example_sample": sample}
    return save(
        folder, spec=spec, network=predictor.network, example=example, facts=said, files=predictor.files
    )


def _example(manifest: Manifest) -> tuple[str | None, bytes | None]:
    """The first training picture that is still there: its sample's sha256, and a small PNG.

    A text or a sound goes along with no model.
    """
    if manifest.modality is not Modality.IMAGE:
        return None, None
    for index in manifest.indices(Split.TRAIN):
        sample = manifest.samples[index]
        try:
            return sample.sha256, as_example(Path(manifest.root) / sample.path)
        except (OSError, PictureUnreadable):
            continue
    return None, None
