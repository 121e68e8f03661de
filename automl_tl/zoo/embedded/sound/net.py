"""The embedded sound net: a residual net that sees log-mel spectrograms, as published ones do."""

from automl_tl.zoo.embedded.net import Net

BANDS = 64
NET = Net(
    name="tiny_audio_resnet",
    family="residual",
    architecture="test_resnet",
    model_args={"output_stride": 8, "in_chans": 1},
    first_conv="conv1.0",
    classifier="fc",
    pretraining_learning_rate=3e-3,
    pretraining_steps=2500,
    learning_rate=3e-3,
    input_size=(1, 48, BANDS),  # frames of the shortest sounds it is given, half a second
    mean=0.0,
    std=1.0,
    tag="synthesised",
    pretraining_data="synthetic words of many voices, tones and noises made by automl_tl.zoo.embedded.sound",
)
