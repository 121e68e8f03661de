import copy
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from automl_tl.domain.candidate import Candidate
from automl_tl.domain.trial import Report
from automl_tl.domain.work import Evaluate
from automl_tl.training import checkpoint
from automl_tl.training.freezing import belongs, freeze, frozen_prefixes
from automl_tl.zoo.base import Zoo


def loaded(zoo: Zoo, net: str) -> tuple[nn.Module, tuple[tuple[str, ...], ...]]:
    backbone = zoo.load(Candidate(id=net, source=f"embedded:{net}"))
    return backbone.module, backbone.stages


@pytest.mark.parametrize("net", ["test_resnet", "test_vit", "test_efficientnet"])
@pytest.mark.parametrize("depth", [1, 2])
def test_frozen_stages_stay_bit_identical_and_the_rest_moves(zoo: Zoo, net: str, depth: int) -> None:
    module, stages = loaded(zoo, net)
    freeze(module, stages=stages, depth=depth)
    before = copy.deepcopy(module.state_dict())
    prefixes = frozen_prefixes(stages, depth=depth)
    optimizer = torch.optim.AdamW([p for p in module.parameters() if p.requires_grad], lr=0.1)

    for _ in range(2):
        module.train()
        module(torch.randn(4, 3, 32, 32)).square().sum().backward()
        optimizer.step()

    after = module.state_dict()
    assert all(torch.equal(after[n], before[n]) for n in before if belongs(n, prefixes))
    moved = [n for n in before if not belongs(n, prefixes) and not torch.equal(after[n], before[n])]
    assert any("running_mean" in name for name in moved) == (net != "test_vit")
    assert len(moved) > 1


def test_frozen_modules_stay_in_eval_mode_after_train(zoo: Zoo) -> None:
    module, stages = loaded(zoo, "test_efficientnet")
    freeze(module, stages=stages, depth=2)

    module.train()

    prefixes = frozen_prefixes(stages, depth=2)
    modes = {name: part.training for name, part in module.named_modules() if name}
    assert not any(mode for name, mode in modes.items() if belongs(name, prefixes))
    assert all(mode for name, mode in modes.items() if name.startswith(stages[-1]))


def test_a_copy_of_a_frozen_module_is_frozen_on_its_own(zoo: Zoo) -> None:
    module, stages = loaded(zoo, "test_resnet")
    freeze(module, stages=stages, depth=1)

    twin = copy.deepcopy(module)
    twin.train()

    still = twin.get_submodule(stages[0][0])
    assert not still.training and still.train() is still
    assert still is not module.get_submodule(stages[0][0])


def test_all_stages_freeze_the_final_norm_too(zoo: Zoo) -> None:
    module, stages = loaded(zoo, "test_vit")

    freeze(module, stages=stages, depth=len(stages))

    assert not any(parameter.requires_grad for parameter in module.parameters())


def test_a_depth_beyond_the_stages_is_refused(zoo: Zoo) -> None:
    module, stages = loaded(zoo, "test_resnet")

    with pytest.raises(ValueError, match=f"freeze depth 9, but the backbone has {len(stages)} stages"):
        freeze(module, stages=stages, depth=9)


@pytest.mark.parametrize("net", ["test_resnet", "test_vit"])
def test_a_checkpoint_keeps_nothing_that_stood_still(
    run: Callable[..., Report], work: Callable[..., Evaluate], zoo: Zoo, net: str
) -> None:
    _, stages = loaded(zoo, net)

    report = run(work(net, freeze_depth=2))

    kept = checkpoint.load(Path(report.checkpoint)).network
    prefixes = [f"backbone.{prefix}" for prefix in frozen_prefixes(stages, depth=2)]
    assert "head.weight" in kept and any(name.startswith("backbone.") for name in kept)
    assert not any(belongs(name, prefixes) for name in kept)
