"""How an ONNX graph of ours is fed and read, in words and values: ``export.json`` beside it."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from automl_tl.model.spec import ImagePreprocessing, ModelSpec

NOTE = "export.json"
INPUT, OUTPUT = "pictures", "probabilities"
Json = dict[str, Any]


def how_to_feed(spec: ModelSpec) -> Json:
    """``input``, ``output``, ``classes``, and ``preprocessing``: what is left to do, and what is inside."""
    look = _pictures(spec)
    return {
        "input": {
            "name": INPUT,
            "type": "uint8",
            "shape": ["batch", look.channels, look.size, look.size],
            "channels": "red, green, blue" if look.channels == 3 else "grey",
        },
        "output": {"name": OUTPUT, "type": "float32", "shape": ["batch", len(spec.classes)]},
        "classes": list(spec.classes),
        "preprocessing": {
            "before_the_graph": _before(spec),
            "in_the_graph": _inside(spec),
            "values": {**asdict(look), "mean": list(look.mean), "std": list(look.std)},
            "temperature": spec.temperature,
        },
    }


def _pictures(spec: ModelSpec) -> ImagePreprocessing:
    assert isinstance(spec.preprocessing, ImagePreprocessing)
    return spec.preprocessing


def write_note(folder: Path, said: Json) -> None:
    """Write ``export.json``."""
    (folder / NOTE).write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _before(spec: ModelSpec) -> list[str]:
    look = _pictures(spec)
    part = "squeeze the whole picture"
    if look.crop_mode == "center":
        part = f"take the middle square, its side {look.crop_share:g} of the shorter side, and resample it"
    return [
        "turn the picture upright (EXIF), lay transparency on white",
        "convert it to RGB" if look.channels == 3 else "convert it to grey",
        f"{part} to {look.size} × {look.size} pixels, {look.interpolation} as Pillow does",
        "put channels before rows: uint8 [batch, channels, height, width]",
    ]


def _inside(spec: ModelSpec) -> list[str]:
    mean, deviation = list(_pictures(spec).mean), list(_pictures(spec).std)
    return [
        "divide by 255",
        f"by channel, subtract the mean {mean}, divide by the deviation {deviation}",
        "the network",
        f"divide its logits by the temperature {spec.temperature:g}, then softmax",
    ]
