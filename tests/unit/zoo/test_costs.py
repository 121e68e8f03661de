import pytest
import timm
import torch
from torch import nn

from automl_tl.zoo.costs import measure_costs
from automl_tl.zoo.stages import timm_stages


def test_costs_of_a_net_counted_by_hand() -> None:
    module = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1),
        nn.Conv2d(4, 8, 1),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, 5),
    )

    costs = measure_costs(module, (("0",), ("1",)), sample=torch.zeros(1, 3, 10, 10))

    convolution, pointwise, linear = 3 * 9 * 4 * 100, 4 * 8 * 100, 8 * 5
    assert costs.multiply_adds == convolution + pointwise + linear
    assert costs.by_stage == (convolution, pointwise + linear)  # what follows counts with the last stage
    assert costs.features == 5


# What timm publishes, in 10⁹ multiply-adds.
@pytest.mark.parametrize(
    ("architecture", "size", "billions"), [("resnet18", 224, 1.82), ("mobilenetv3_small_100", 224, 0.06)]
)
def test_published_costs_are_found(architecture: str, size: int, billions: float) -> None:
    module = timm.create_model(architecture, pretrained=False, num_classes=0)

    costs = measure_costs(module, timm_stages(module), sample=torch.zeros(1, 3, size, size))

    assert costs.multiply_adds / 1e9 == pytest.approx(billions, abs=0.01)
    assert sum(costs.by_stage) == costs.multiply_adds


def test_attention_is_counted() -> None:
    module = timm.create_model("test_vit", pretrained=False, num_classes=0, img_size=32)

    costs = measure_costs(module, timm_stages(module), sample=torch.zeros(1, 3, 32, 32))

    tokens, width = 4 + 1, 64
    block = tokens * width * width * (3 + 1 + 3 + 3) + 2 * tokens * tokens * width
    assert costs.by_stage[1] == block
