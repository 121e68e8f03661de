"""A job's best answer so far as a saved model in a folder of its own."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from automl_tl.data.manifest import read_manifest
from automl_tl.job.unproven import unproven
from automl_tl.search.space_file import read_space
from automl_tl.serving.new_folder import new_folder
from automl_tl.settings import Settings
from automl_tl.training.fitting import fitted
from automl_tl.training.pack import pack
from automl_tl.training.reading import trained_predictor
from automl_tl.wiring.adapters import store_of
from automl_tl.wiring.worker import zoo_of


def export_unproven(id: str, settings: Settings, *, to: Path) -> dict[str, Any]:
    """Pack the best trial's checkpoint into ``to``, a new or empty folder; probabilities are not calibrated.

    The job's splits stay as they are: neither retest nor test is read. Raises NotFound, Conflict (no trial
    has reported, or its checkpoint was let go), TrialFailed (a damaged checkpoint).
    """
    store = store_of(settings)
    try:
        found = unproven(store, settings, id, read_space=lambda text, root: read_space(text, root=root))
    finally:
        store.close()
    report = found.trial.report
    assert report is not None
    manifest, zoo = read_manifest(found.manifest), zoo_of(settings)
    predictor = trained_predictor(
        found.checkpoint,
        candidate=fitted(found.candidate, zoo=zoo, manifest=found.manifest),
        configuration=found.trial.configuration,
        classes=manifest.classes,
        zoo=zoo,
    )
    said: dict[str, Any] = {
        "job": id,
        "trial": found.trial.number,
        "candidate": found.candidate.id,
        "epoch": report.epoch,
        "validation": report.value,
        "proven": False,
    }
    facts = {
        "configuration": asdict(found.trial.configuration),
        "manifest": manifest.fingerprint,
        "unproven": said,
    }
    with new_folder(to) as folder:
        digest = pack(predictor, folder, temperature=1.0, manifest=manifest, facts=facts)
        files = sorted(path.name for path in folder.iterdir())
    return {**said, "digest": digest, "files": files}
