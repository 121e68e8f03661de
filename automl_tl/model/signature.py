"""What goes into a saved model and what comes out, as JSON: for ``model.json``, for MLflow, for people."""

from typing import Any

from automl_tl.model.spec import ModelSpec

COLUMNS = {"image": "image", "text": "text", "audio": "audio"}
"""Where samples stand in a data frame, by modality."""
ABSTAIN_BELOW = "abstain_below"
PROBABILITIES = "probabilities"
_PICTURE_AS = [
    "path of a picture file (not over HTTP)",
    "bytes of a picture file",
    "bytes of a picture file in base64",
    "uint8 array [H, W], or [H, W, C] with C = 1, 3 or 4",
    "PIL image",
]
_TEXT_AS = ["the text itself"]
_SOUND_AS = [
    "path of a sound file (not over HTTP)",
    "bytes of a sound file",
    "bytes of a sound file in base64",
    "object of array ([N] or [N, channels]; floats in [-1, 1], or integers) and sampling_rate",
    "object of bytes, or of path, as datasets' Audio has them",
]


def signature(spec: ModelSpec) -> dict[str, Any]:
    """``inputs``, ``params`` and ``outputs`` by column, and ``network``: the tensors between them.

    Types are MLflow's names; pictures and sounds have none there. ``batch`` in a shape is any number.
    """
    prepared, classes = spec.preprocessing, len(spec.classes)
    chances = [{"name": probability_of(name), "type": "float"} for name in spec.classes]
    return {
        "inputs": [_input(spec)],
        "params": [
            {"name": ABSTAIN_BELOW, "type": "double", "default": 0.0},
            {"name": PROBABILITIES, "type": "boolean", "default": True},
        ],
        "outputs": [
            {"name": "label", "type": "string"},
            {"name": "guess", "type": "string"},
            {"name": "probability", "type": "float"},
            *chances,
        ],
        "network": {
            "input": {"shape": ["batch", *prepared.shape], "type": prepared.dtype},
            "output": {"shape": ["batch", classes], "type": "float32"},
        },
    }


def _input(spec: ModelSpec) -> dict[str, Any]:
    column = COLUMNS[spec.modality]
    if spec.modality == "text":
        return {"name": column, "type": "string", "given_as": _TEXT_AS}
    if spec.modality == "audio":
        return {"name": column, "type": "sound", "given_as": _SOUND_AS}
    return {"name": column, "type": "picture", "given_as": _PICTURE_AS}


def probability_of(name: str) -> str:
    """The column with the probability of a class."""
    return f"probability_{name}"
