"""The embedded nets of pictures: their shapes, and how each is pretrained and fine-tuned."""

from functools import partial

from automl_tl.zoo.embedded.image.pictures import DESCRIPTION
from automl_tl.zoo.embedded.image.placement import SIDE
from automl_tl.zoo.embedded.net import Net
from automl_tl.zoo.timm_layout import PLAIN

MEAN = 0.5
STD = 0.5
"""Of what pictures hold, in [0, 1], before they are read."""

_drawn = partial(
    Net, input_size=(3, SIDE, SIDE), mean=MEAN, std=STD, tag="drawn", pretraining_data=DESCRIPTION
)
NETS = (
    _drawn(
        name="tiny_resnet",
        family="residual",
        architecture="test_resnet",
        model_args={"output_stride": 8},
        first_conv="conv1.0",
        classifier="fc",
        pretraining_learning_rate=3e-3,
        pretraining_steps=4000,
        learning_rate=3e-3,
    ),
    _drawn(
        name="tiny_plain",
        family="plain",
        architecture=PLAIN,
        model_args={"widths": [32, 64, 96, 128], "layers": 2},
        first_conv="stem.0",
        classifier="head",
        pretraining_learning_rate=3e-3,
        pretraining_steps=4000,
        learning_rate=3e-3,
    ),
    _drawn(
        name="tiny_efficientnet",
        family="mobile",
        architecture="test_efficientnet",
        model_args={"output_stride": 8},
        first_conv="conv_stem",
        classifier="classifier",
        pretraining_learning_rate=3e-3,
        pretraining_steps=2500,
        learning_rate=3e-3,
    ),
    _drawn(
        name="tiny_vit",
        family="transformer",
        architecture="test_vit",
        model_args={
            "img_size": 32,
            "patch_size": 4,
            "depth": 5,
            "class_token": False,
            "global_pool": "avg",
        },
        first_conv="patch_embed.proj",
        classifier="head",
        pretraining_learning_rate=1.5e-3,
        pretraining_steps=2000,
        teacher="tiny_resnet",
        learning_rate=1e-3,
    ),
)
