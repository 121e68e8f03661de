"""Sound encoders say what transformers' own models say, whatever stands behind the sound."""

from typing import Any

import pytest
import torch
import transformers

from automl_tl.model.sound_encoder import MODELS, backbone_of, from_arguments
from automl_tl.model.transformers_backbone import configuration

_TRANSFORMER = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24}
_CONVOLUTIONS = {
    "conv_dim": [8, 8, 8],
    "conv_kernel": [10, 3, 2],
    "conv_stride": [5, 2, 2],
    "num_feat_extract_layers": 3,
    "num_conv_pos_embeddings": 8,
    "num_conv_pos_embedding_groups": 2,
}
_LARGE_ONES = {"do_stable_layer_norm": True, "feat_extract_norm": "layer", "conv_bias": True}
WAVEFORM = _TRANSFORMER | _CONVOLUTIONS
WHISPER = {
    "d_model": 16,
    "encoder_layers": 2,
    "encoder_attention_heads": 2,
    "encoder_ffn_dim": 24,
    "decoder_layers": 1,
    "decoder_attention_heads": 2,
    "decoder_ffn_dim": 16,
    "vocab_size": 50,
    "num_mel_bins": 8,
    "max_source_positions": 30,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "decoder_start_token_id": 1,
}
AST = _TRANSFORMER | {
    "patch_size": 8,
    "frequency_stride": 5,
    "time_stride": 5,
    "max_length": 60,
    "num_mel_bins": 16,
}


def _whole(model_type: str, config: dict[str, Any]) -> Any:
    torch.manual_seed(0)
    model_class = getattr(transformers, MODELS[model_type])
    return model_class._from_config(configuration(model_type, config)).eval()


@pytest.mark.filterwarnings("ignore:Support for mismatched key_padding_mask")
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("model_type", ["wav2vec2", "hubert", "wavlm"])
@torch.no_grad()
def test_waveform_encoders_average_over_what_is_no_padding(model_type: str, masked: bool) -> None:
    model = _whole(model_type, WAVEFORM | (_LARGE_ONES if masked else {}))
    sounds = torch.randn(3, 800)
    inside = torch.arange(800) < torch.tensor([[800], [500], [300]])

    found = backbone_of(model, {"masked": masked}).eval()(sounds * inside)

    theirs = model(sounds * inside, attention_mask=inside.long() if masked else None).last_hidden_state
    frames = model._get_feature_vector_attention_mask(theirs.shape[1], inside.long()).unsqueeze(2)
    assert torch.allclose(found, (theirs * frames).sum(1) / frames.sum(1), atol=1e-6)


@torch.no_grad()
def test_whispers_encoder_also_takes_less_than_its_thirty_seconds() -> None:
    model = _whole("whisper", WHISPER)
    frames = torch.randn(2, 8, 60)

    backbone = backbone_of(model, {}).eval()

    theirs = model.encoder(frames).last_hidden_state.mean(dim=1)
    assert torch.allclose(backbone(frames), theirs, atol=1e-6)
    assert backbone(frames[:, :, :20]).shape == (2, 16)


@torch.no_grad()
def test_asts_tokens_are_averaged_and_shorter_sounds_take_the_first_places() -> None:
    model = _whole("audio-spectrogram-transformer", AST)
    torch.nn.init.normal_(model.embeddings.position_embeddings)
    frames = torch.randn(2, 60, 16)

    backbone = backbone_of(model, {}).eval()

    assert torch.allclose(backbone(frames), model(frames).pooler_output, atol=1e-6)
    grid = model.embeddings.position_embeddings[0, 2:].reshape(2, 11, 16)
    assert torch.equal(backbone._places(2 * 3)[0, 2:], grid[:, :3].reshape(6, 16))
    assert backbone(frames[:, :18]).shape == (2, 16)


@pytest.mark.parametrize(
    ("model_type", "config", "x"),
    [
        ("wavlm", WAVEFORM, torch.randn(2, 800)),
        ("whisper", WHISPER, torch.randn(2, 8, 20)),
        ("audio-spectrogram-transformer", AST, torch.randn(2, 60, 16)),
    ],
)
@torch.no_grad()
def test_a_saved_encoder_is_built_again_from_its_arguments(
    model_type: str, config: dict[str, Any], x: torch.Tensor
) -> None:
    saved = backbone_of(_whole(model_type, config), {}).eval()

    again = from_arguments(model_type, {"config": config}).eval()

    again.load_state_dict(saved.state_dict())
    assert torch.equal(again(x), saved(x))
