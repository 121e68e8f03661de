"""The plain net speaks timm's protocol."""

import torch
from timm.models._manipulate import group_parameters

from automl_tl.model.plain_net import PlainNet


def test_head_comes_after_the_features() -> None:
    net = PlainNet(num_classes=5, widths=[8, 16, 24], layers=1).eval()
    pictures = torch.rand(2, 3, 32, 32)

    maps = net.forward_features(pictures)

    assert maps.shape == (2, 24, 4, 4)
    assert net.forward_head(maps, pre_logits=True).shape == (2, net.num_features)
    assert torch.equal(net.forward_head(maps), net(pictures))
    assert net(pictures).shape == (2, 5)


def test_classifier_can_be_taken_off() -> None:
    net = PlainNet(num_classes=5, widths=[8, 16], layers=1)

    net.reset_classifier(0)

    assert isinstance(net.get_classifier(), torch.nn.Identity)
    assert net(torch.rand(1, 3, 16, 16)).shape == (1, 16)


def test_coarse_groups_are_the_stem_and_the_stages() -> None:
    net = PlainNet(widths=[8, 16, 24], layers=2)

    groups = group_parameters(net, net.group_matcher(coarse=True))

    assert len(groups) == 4
    assert all(name.startswith("stem.") for name in groups[0])
    assert all(name.startswith("stages.2.") for name in groups[3])
