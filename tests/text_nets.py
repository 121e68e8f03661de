"""Small text nets of random weights in transformers' layout, and texts whose words tell their class."""

import csv
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from automl_tl.data.manifest import freeze
from automl_tl.domain.candidate import Candidate
from automl_tl.domain.dataset import Manifest, Modality, Sample, Split

MARKS = ("<pad>", "<unk>", "<s>", "</s>")
WORDS = tuple(f"{kind}{number}" for kind in ("sea", "hill", "any") for number in range(20))
SIZES = {
    "vocab_size": len(MARKS) + len(WORDS),
    "hidden_size": 16,
    "num_hidden_layers": 4,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 40,
}
OTHER_NAMES: dict[str, dict[str, Any]] = {
    "distilbert": {"dim": 16, "n_layers": 4, "n_heads": 2, "hidden_dim": 32},
    "gpt2": {
        "n_embd": 16,
        "n_layer": 4,
        "n_head": 2,
        "n_positions": 40,
        "bos_token_id": 2,
        "eos_token_id": 3,
    },
    "electra": {"embedding_size": 8},
    "deberta-v2": {
        "relative_attention": True,
        "pos_att_type": ["p2c", "c2p"],
        "norm_rel_ebd": "layer_norm",
        "position_buckets": 8,
    },
}


def draw_net(folder: Path, model_type: str, *, seed: int = 0) -> Candidate:
    """A folder with random weights, ``config.json`` and ``tokenizer.json``; four layers of 16 wide."""
    sizes = {"vocab_size": SIZES["vocab_size"]} if model_type in ("distilbert", "gpt2") else dict(SIZES)
    values = sizes | {"pad_token_id": 0} | OTHER_NAMES.get(model_type, {})
    config = transformers.AutoConfig.for_model(model_type, **values)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        transformers.AutoModel.from_config(config, dtype=torch.float32).save_pretrained(folder)
    tokenizer(has_marks=model_type != "gpt2").save(str(folder / "tokenizer.json"))
    return Candidate(id=model_type, source=f"local-dir:{folder}")


def tokenizer(*, has_marks: bool = True) -> Tokenizer:
    """One token a word; ``has_marks``: between a beginning and an end, as encoders want it."""
    known = Tokenizer(
        models.WordLevel({word: i for i, word in enumerate((*MARKS, *WORDS))}, unk_token="<unk>")
    )
    known.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    if has_marks:
        known.post_processor = processors.TemplateProcessing(
            single="<s> $A </s>", special_tokens=[("<s>", 2), ("</s>", 3)]
        )
    return known


def draw_texts(count: int, *, seed: int = 0) -> list[tuple[str, str]]:
    """Texts of 3 to 12 words and their labels, hill and sea in turn: a third of the words is their own."""
    random = np.random.default_rng(seed)
    found = []
    for number in range(count):
        label = ("hill", "sea")[number % 2]
        words = [
            f"{label if random.random() < 1 / 3 else 'any'}{random.integers(20)}"
            for _ in range(random.integers(3, 13))
        ]
        found.append((" ".join([f"{label}{random.integers(20)}", *words]), label))
    return found


def write_table(path: Path, texts: list[tuple[str, str]]) -> Path:
    """A CSV of the columns ``text`` and ``label``."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("text", "label"))
        writer.writerows(texts)
    return path


def text_manifest(folder: Path, *, train: int = 60, validation: int = 20) -> Manifest:
    """The manifest of a table of drawn texts in this folder."""
    texts = draw_texts(train + validation)
    write_table(folder / "texts.csv", texts)
    samples = [
        Sample(
            path=f"texts.csv:{row}",
            column="text",
            size=len(text.encode()),
            sha256=hashlib.sha256(text.encode()).hexdigest(),
            label=label,
            split=Split.TRAIN if row < 2 + train else Split.VALIDATION,
        )
        for row, (text, label) in enumerate(texts, start=2)
    ]
    return freeze(samples, modality=Modality.TEXT, dataset_name="texts", root=str(folder))
