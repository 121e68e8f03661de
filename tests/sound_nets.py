"""Small sound nets of random weights as publishers lay them out, and sounds whose glide is their class."""

import hashlib
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch
import transformers
from safetensors.torch import save_file

from automl_tl.data.manifest import freeze
from automl_tl.domain.candidate import Candidate
from automl_tl.domain.dataset import Manifest, Modality, Sample, Split
from automl_tl.model.sound_encoder import MODELS

RATE = 8_000
ENCODERS = ("wav2vec2", "hubert", "wavlm", "whisper", "audio-spectrogram-transformer")
_SIZES = {"hidden_size": 16, "num_hidden_layers": 4, "num_attention_heads": 2, "intermediate_size": 32}
_WAVEFORM = _SIZES | {
    "conv_dim": [8, 8, 8],
    "conv_kernel": [10, 8, 4],
    "conv_stride": [8, 6, 4],
    "num_feat_extract_layers": 3,
    "num_conv_pos_embeddings": 8,
    "num_conv_pos_embedding_groups": 2,
}
_MASKED = {"do_stable_layer_norm": True, "feat_extract_norm": "layer", "conv_bias": True}
_CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "wav2vec2": _WAVEFORM,
    "hubert": _WAVEFORM | _MASKED,
    "wavlm": _WAVEFORM | _MASKED,
    "whisper": {
        "d_model": 16,
        "encoder_layers": 4,
        "encoder_attention_heads": 2,
        "encoder_ffn_dim": 32,
        "decoder_layers": 1,
        "decoder_attention_heads": 2,
        "decoder_ffn_dim": 16,
        "vocab_size": 50,
        "num_mel_bins": 16,
        "max_source_positions": 100,
        "pad_token_id": 0,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "decoder_start_token_id": 1,
    },
    "audio-spectrogram-transformer": _SIZES
    | {"patch_size": 8, "frequency_stride": 5, "time_stride": 5, "max_length": 100, "num_mel_bins": 16},
}
_PUBLISHED: dict[str, dict[str, Any]] = {
    "whisper": {"feature_size": 16},
    "audio-spectrogram-transformer": {"num_mel_bins": 16, "max_length": 100},
}


def draw_encoder(folder: Path, model_type: str, *, seed: int = 0) -> Candidate:
    """A folder in transformers' layout: four layers of 16 wide."""
    config = transformers.AutoConfig.for_model(model_type, **_CONFIGURATIONS[model_type])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = getattr(transformers, MODELS[model_type])._from_config(config, dtype=torch.float32)
    model.save_pretrained(folder)
    published = _PUBLISHED.get(model_type, {"sampling_rate": 16_000, "do_normalize": True})
    (folder / "preprocessor_config.json").write_text(json.dumps(published))
    return Candidate(id=model_type, source=f"local-dir:{folder}")


def draw_net(folder: Path, name: str) -> Candidate:
    """The encoder of that model type, or the net that sees a ``spectrogram``."""
    return draw_spectrogram_net(folder) if name == "spectrogram" else draw_encoder(folder, name)


def draw_spectrogram_net(folder: Path, *, seed: int = 0) -> Candidate:
    """A folder in timm's layout of a net that was pretrained on spectrograms of 32 frames and 16 bands."""
    import timm

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = timm.create_model("test_resnet", in_chans=1, num_classes=5)
    folder.mkdir(parents=True)
    save_file(net.state_dict(), folder / "model.safetensors")
    published = {"input_size": [1, 32, 16], "mean": [0.0], "std": [1.0], "num_classes": 5, "classifier": "fc"}
    config = {
        "architecture": "test_resnet",
        "num_classes": 5,
        "model_args": {"in_chans": 1},
        "pretrained_cfg": published,
    }
    (folder / "config.json").write_text(json.dumps(config))
    return Candidate(id="spectrogram", source=f"local-dir:{folder}")


def glide(seed: int, *, up: bool, seconds: float = 0.3) -> np.ndarray:
    """A tone that rises or falls by an octave, with noise: float64 [N]."""
    random = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE)) / RATE
    low = random.uniform(300, 900)
    octaves = t / seconds if up else 1 - t / seconds
    phase = 2 * np.pi * np.cumsum(low * 2**octaves) / RATE
    return np.asarray(random.uniform(0.1, 0.4) * np.sin(phase) + 0.01 * random.standard_normal(len(t)))


def sound_bytes(waveform: np.ndarray, *, rate: int = RATE) -> bytes:
    """A WAV file."""
    file = BytesIO()
    soundfile.write(file, waveform, rate, format="WAV")
    return file.getvalue()


def draw_glides(folder: Path, *, train: int = 60, validation: int = 20) -> Manifest:
    """The manifest of glides of 0.2 to 0.3 seconds in this folder, up and down in turn."""
    samples = []
    for number in range(train + validation):
        data = sound_bytes(glide(number, up=number % 2 == 0, seconds=0.2 + 0.1 * (number % 5) / 4))
        path = folder / f"{number:03}.wav"
        path.write_bytes(data)
        samples.append(
            Sample(
                path=path.name,
                size=len(data),
                sha256=hashlib.sha256(data).hexdigest(),
                label=("up", "down")[number % 2],
                split=Split.TRAIN if number < train else Split.VALIDATION,
            )
        )
    return freeze(samples, modality=Modality.AUDIO, dataset_name="glides", root=str(folder))
