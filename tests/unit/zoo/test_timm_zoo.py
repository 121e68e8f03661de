from pathlib import Path

import pytest

from automl_tl.domain.candidate import Candidate
from automl_tl.errors import CandidateFailed, CandidateUnknown
from automl_tl.zoo.timm_zoo import TimmZoo


@pytest.mark.parametrize("name", ["resnet1", "resnet18.no_such_tag", "Resnet18"])
def test_unknown_name_is_answered_with_near_ones(tmp_path: Path, name: str) -> None:
    with pytest.raises(CandidateUnknown, match=r"near it: .*resnet"):
        TimmZoo(tmp_path).weights(Candidate(id="x", source=f"timm:{name}"))


def test_weights_that_are_not_here_say_how_to_get_them_without_a_network(tmp_path: Path) -> None:
    candidate = Candidate(id="x", source="timm:test_resnet.r160_in1k")

    with pytest.raises(CandidateFailed, match=r"prefetch it.*local-dir:"):
        TimmZoo(tmp_path).load(candidate)


def test_random_weights_need_no_files(tmp_path: Path) -> None:
    backbone = TimmZoo(tmp_path).load(Candidate(id="x", source="timm:test_resnet"), pretrained=False)

    assert backbone.spec.architecture == "test_resnet"
    assert list(tmp_path.iterdir()) == []


def test_a_tag_of_its_own_size_builds_at_that_size(tmp_path: Path) -> None:
    candidate = Candidate(id="x", source="timm:vit_tiny_patch16_384.augreg_in21k_ft_in1k")

    backbone = TimmZoo(tmp_path).load(candidate, pretrained=False)

    assert backbone.preprocessing.size == 384
    assert backbone.spec.arguments == {"img_size": 384}
