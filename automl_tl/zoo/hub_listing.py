"""Which files a repository of the hub has, where the weights are not among them as they should be."""

from pathlib import Path

from huggingface_hub import model_info
from huggingface_hub.errors import OfflineModeIsEnabled

from automl_tl.zoo.hub_patience import TROUBLE, patiently
from automl_tl.zoo.weights import CONVERT, PICKLES, USUAL


def why_no_weights(repository: str, *, revision: str | None) -> str:
    """What to say of a repository that has no ``model.safetensors``, with the way out if there is one."""
    names = _names(repository, revision=revision)
    pickles = [name for name in names if Path(name).suffix in PICKLES]
    if pickles:
        return (
            f"{repository} has {pickles[0]}, a pickle, and only safetensors are loaded; convert weights you"
            f" trust: fetch them with: hf download {repository} --local-dir FOLDER ; in FOLDER run: {CONVERT}"
            f" {pickles[0]} ; and give local-dir:FOLDER as the candidate's source"
        )
    shards = [name for name in names if name.endswith(".safetensors")]
    if shards:
        return f"{repository} has {len(shards)} safetensors files, but one called {USUAL} is expected"
    return f"{repository} has no {USUAL}, and only safetensors are loaded"


def _names(repository: str, *, revision: str | None) -> list[str]:
    try:
        found = patiently(lambda: model_info(repository, revision=revision)).siblings
    except (*TROUBLE, OfflineModeIsEnabled):
        return []
    return sorted(file.rfilename for file in found or ())
