"""What the spaces that come along say is compared with timm and published tables, or marked as unchecked."""

import csv
from functools import cache
from pathlib import Path

import pytest
import torch
from timm.models import get_pretrained_cfg, is_model_pretrained

from automl_tl.domain.candidate import Candidate
from automl_tl.domain.licence import LicencePolicy
from automl_tl.domain.space import Space
from automl_tl.search.space_file import find_space, read_space
from automl_tl.zoo.costs import measure_costs
from automl_tl.zoo.timm_zoo import TimmZoo

TABLE = Path(__file__).parents[2] / "tables" / "timm_facts.csv"
SPACES = ("image-small", "image-base", "image-mobile")
BENCHMARK_SIZES = (
    224,
    256,
    288,
    300,
    320,
    384,
)  # the table counts at one of them, the same for all weights of a net
SMALLER = {"vit_small_patch14_reg4_dinov2.lvd142m", "vit_base_patch14_reg4_dinov2.lvd142m"}  # 224 for 518


@cache
def _space(name: str) -> Space:
    text, root = find_space(name)
    return read_space(text, root=root)


@cache
def _published() -> dict[tuple[str, int], dict[str, str]]:
    with TABLE.open(newline="") as file:
        return {(row["model"], int(row["img_size"])): row for row in csv.DictReader(file)}


def _every() -> list[Candidate]:
    return [candidate for name in SPACES for candidate in _space(name).candidates]


@pytest.mark.parametrize("candidate", _every(), ids=lambda candidate: candidate.id)
def test_a_candidate_is_what_timm_says(candidate: Candidate) -> None:
    published = get_pretrained_cfg(candidate.reference)

    assert is_model_pretrained(candidate.reference)
    assert candidate.licence == published.license
    assert LicencePolicy().why_not([candidate.licence], is_local=False) is None
    assert candidate.image_size == (224 if candidate.reference in SMALLER else published.input_size[1])
    assert candidate.pretraining_data


@pytest.mark.parametrize("candidate", _every(), ids=lambda candidate: candidate.id)
def test_a_candidates_figures_are_those_published(candidate: Candidate) -> None:
    assert candidate.parameters and candidate.multiply_adds and candidate.image_size
    row = _published().get((candidate.reference, candidate.image_size))
    if row is None:  # no classifier came with it: another score is given, and said to be unchecked
        assert candidate.upstream_accuracy
        return

    classifier = float(row["params_millions"]) * 1e6 - candidate.parameters
    counted = [candidate.multiply_adds / 1e9 * (size / candidate.image_size) ** 2 for size in BENCHMARK_SIZES]

    assert candidate.upstream_accuracy == pytest.approx(float(row["imagenet_top1"]) / 100, abs=1e-9)
    assert 0 < classifier < 4.2e6  # at most 4,096 features, 1,000 classes
    assert any(float(row["gmacs"]) == pytest.approx(count, rel=0.04, abs=0.02) for count in counted)


def test_parameters_and_multiply_adds_are_counted_as_jobs_count_them() -> None:
    smallest = min(_every(), key=lambda candidate: candidate.multiply_adds or 0)

    backbone = TimmZoo().load(smallest, pretrained=False)
    costs = measure_costs(backbone.module, backbone.stages, sample=torch.zeros(1, 3, 224, 224))

    assert smallest.parameters == sum(parameter.numel() for parameter in backbone.module.parameters())
    assert smallest.multiply_adds == costs.multiply_adds


@pytest.mark.parametrize("name", SPACES)
def test_a_space_is_worth_searching(name: str) -> None:
    found = _space(name).candidates
    words = " ".join(f"{candidate.source} {candidate.pretraining_data}".lower() for candidate in found)

    assert 8 <= len(found) <= 20
    assert "vit" in words and "net" in words
    if name != "image-mobile":
        assert all(kind in words for kind in ("supervised", "clip", "dino"))
    if name == "image-base":
        assert "vgg" in words and "timm:resnet" in words


@pytest.mark.parametrize("name", ["text-small", "text-multilingual", "audio-small"])
def test_a_space_of_texts_or_sounds_says_that_its_facts_are_unchecked(name: str) -> None:
    text, _ = find_space(name)
    found = _space(name).candidates

    assert "# Unchecked: " in text
    assert 8 <= len(found) <= 20
    for candidate in found:
        assert candidate.parameters and candidate.multiply_adds and candidate.pretraining_data
        assert LicencePolicy().why_not([candidate.licence], is_local=False) is None
