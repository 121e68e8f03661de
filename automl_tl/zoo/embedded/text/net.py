"""The embedded text net: its shape, its tokens, and how it lies on disk."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

import transformers
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from torch import nn

from automl_tl.zoo.embedded.text.corpus import DESCRIPTION

NAME = "tiny_bert"
VOCABULARY = 4096
WIDTH = 128
LONGEST = 128
PAD, UNKNOWN, START, END, MASK = SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_LAYERS = 4
LEARNING_RATE = 1e-3
"""Fine-tuning's default, AdamW: a net so small takes larger steps than those of a hundred layers."""


def config() -> transformers.BertConfig:
    """Layers of 128: 1.3 million parameters."""
    return transformers.BertConfig(
        vocab_size=VOCABULARY,
        hidden_size=WIDTH,
        num_hidden_layers=_LAYERS,
        num_attention_heads=4,
        intermediate_size=4 * WIDTH,
        max_position_embeddings=LONGEST,
        type_vocab_size=1,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        pad_token_id=SPECIAL.index(PAD),
    )


def build() -> nn.Module:
    """The net with fresh weights, without a pooler."""
    shape = config()
    shape._attn_implementation = "eager"  # half of sdpa's time in bfloat16 on a CPU, at 64 tokens
    module: nn.Module = transformers.BertModel(shape, add_pooling_layer=False)
    return module


def learn_tokens(texts: Iterable[str]) -> Tokenizer:
    """Byte-level pairs (BPE) of lower-cased texts: nothing is unknown, emoji and every script included."""
    tokenizer = Tokenizer(models.BPE(unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    around = [(START, SPECIAL.index(START)), (END, SPECIAL.index(END))]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{START} $A {END}", special_tokens=around
    )
    return tokenizer


def write(folder: Path, *, module: nn.Module, tokenizer: Tokenizer) -> None:
    """Write transformers' layout, ``tokenizer.json``, and what automl-tl adds; matrices become float16."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / "model.safetensors"
    tensors = {
        name: (value.half() if value.is_floating_point() and value.ndim > 1 else value).contiguous()
        for name, value in module.state_dict().items()
    }
    save_file(tensors, weights, metadata={"format": "pt"})
    described = {
        "model_type": "bert",
        "architectures": ["BertModel"],
        **{key: value for key, value in config().to_diff_dict().items() if key != "transformers_version"},
        "automl_tl": {
            "family": "transformer",
            "license": "apache-2.0",
            "pretraining_data": DESCRIPTION,
            "multiply_adds": _LAYERS * (12 * WIDTH**2 * LONGEST + 2 * LONGEST**2 * WIDTH),
            "parameters": sum(parameter.numel() for parameter in module.parameters()),
            "recipe": {"learning_rate": LEARNING_RATE, "freeze_depth": 0},
            "revision": hashlib.sha256(weights.read_bytes()).hexdigest()[:12],
        },
    }
    (folder / "config.json").write_text(json.dumps(described, indent=2) + "\n")
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
