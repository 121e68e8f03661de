import copy

import pytest
import torch
from torch import Tensor, nn

from automl_tl.domain.candidate import Candidate
from automl_tl.training.boundary import SlotKind, rows_of, values_of
from automl_tl.training.split import split
from automl_tl.zoo.base import Zoo

GEOMETRY = (3, 32, 32)
EXAMPLES = torch.randn(3, *GEOMETRY, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("net", ["test_resnet", "test_vit", "test_efficientnet"])
def test_the_halves_joined_are_the_whole_at_every_depth(zoo: Zoo, net: str) -> None:
    backbone = zoo.load(Candidate(id=net, source=f"embedded:{net}"))
    pictures = torch.randn(5, *GEOMETRY)
    with torch.no_grad():
        whole = backbone.module(pictures)

    for depth in range(1, len(backbone.stages) + 1):
        halves = split(copy.deepcopy(backbone.module), stages=backbone.stages, depth=depth, examples=EXAMPLES)

        assert halves is not None
        with torch.no_grad():
            rows = rows_of(halves.prefix(pictures), halves.slots)
            joined = halves.suffix.eval()(*values_of(rows, halves.slots))
        assert torch.equal(joined, whole)


def test_the_suffix_trains_only_what_is_not_frozen(zoo: Zoo) -> None:
    backbone = zoo.load(Candidate(id="n", source="embedded:test_vit"))
    halves = split(backbone.module, stages=backbone.stages, depth=3, examples=EXAMPLES)

    assert halves is not None
    names = [name for name, parameter in halves.suffix.named_parameters() if parameter.requires_grad]
    assert {name.split(".")[0] for name in names} == {"blocks", "norm"}
    assert not any(name.startswith(("blocks.0.", "blocks.1.", "blocks.2.")) for name in names)


class Asking(nn.Module):
    """Glue code that asks for sizes, counts the batch, and hands None and a constant across."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 1)
        self.bias = nn.Parameter(torch.ones(4))
        self.second = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        batch, channels, height, width = x.shape
        if height * width > 100:  # a branch on the geometry
            x = x.flatten(2)
        x = x.mean(dim=2) + self.bias
        return self.second(x.reshape(batch, channels))


def test_glue_code_may_ask_for_sizes_and_for_the_batch() -> None:
    module = Asking()

    halves = split(module, stages=(("first", "bias"), ("second",)), depth=1, examples=EXAMPLES)

    assert halves is not None
    assert SlotKind.ROWS in {slot.kind for slot in halves.slots}
    pictures = torch.randn(7, *GEOMETRY)
    with torch.no_grad():
        rows = rows_of(halves.prefix(pictures), halves.slots)
        assert torch.equal(halves.suffix(*values_of(rows, halves.slots)), module(pictures))


class Deciding(Asking):
    """Glue code whose way depends on what the pictures show."""

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x).mean(dim=(2, 3))
        return self.second(x if float(x.sum()) > 0 else -x)


def test_a_backbone_that_looks_at_its_input_runs_as_one(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")

    halves = split(Deciding(), stages=(("first", "bias"), ("second",)), depth=1, examples=EXAMPLES)

    assert halves is None
    assert "could not be split" in caplog.text


class Wavering(Asking):
    """Glue code that takes another way in train mode."""

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x).mean(dim=(2, 3))
        return self.second(nn.functional.dropout(x, 0.5, training=self.training))


def test_a_backbone_that_takes_another_way_in_train_mode_runs_as_one() -> None:
    assert split(Wavering(), stages=(("first", "bias"), ("second",)), depth=1, examples=EXAMPLES) is None
