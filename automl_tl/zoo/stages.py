"""The stages of a backbone: ordered groups of its layers, as timm or the layout of its encoder tells them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from timm.models._manipulate import group_with_matcher
from torch import nn

from automl_tl.errors import CandidateFailed
from automl_tl.zoo.tensors import cover, names

MOST_STAGES = 12
_WITH_PREVIOUS = 99999  # timm's sign for "goes with the group before", which final norms and conv heads carry
_FINAL_NORM = re.compile(r"(fc_)?norm\.")
_FINAL = re.compile(r"(^|\.)final_")
_READ_BY_ALL = re.compile(r"(^|\.)(rel_embeddings|relative_attention_bias|encoder\.LayerNorm)\.")
_NOWHERE = "\0"  # a name that no matcher knows


def timm_stages(module: nn.Module) -> tuple[tuple[str, ...], ...]:
    """Module paths by stage, input side first, from the net's own ``group_matcher``.

    The stem joins the first group of blocks; a norm that is a group of its own joins the group before it;
    final norm, conv head and pooling are in none. At most ``MOST_STAGES``: neighbours are joined evenly.
    """
    tell = getattr(module, "group_matcher", None)
    if tell is None:
        raise CandidateFailed(f"{type(module).__name__} does not say how its layers group into stages")
    everything = names(module)
    matcher = _without_head(tell(coarse=True))
    group_of = group_with_matcher(((n, None) for n in (*everything, _NOWHERE)), matcher, reverse=True)
    head = group_of[_NOWHERE]
    groups: dict[int, list[str]] = {}
    for name in everything:
        if group_of[name] != head and not _FINAL_NORM.match(name):
            groups.setdefault(group_of[name], []).append(name)
    return _stages(module, [groups[key] for key in sorted(groups)])


def encoder_stages(module: nn.Module) -> tuple[tuple[str, ...], ...]:
    """Module paths by stage of a net whose largest list of layers is its encoder, as in transformers.

    What comes before that list joins its first layer, and so do positions that every layer reads (DeBERTa's,
    MPNet's), wherever they are registered. What else comes after it is in no stage, nor are final norms.
    """
    everything = names(module)
    layers = longest_list(module)
    first = next(i for i, name in enumerate(everything) if name.startswith(f"{layers}."))
    members: dict[int, list[str]] = {}
    for name in everything[first:]:
        if name.startswith(f"{layers}."):
            members.setdefault(int(name.removeprefix(f"{layers}.").split(".")[0]), []).append(name)
    stem = [name for name in everything[:first] if not _FINAL.search(name)]
    stem += [name for name in everything[first:] if _READ_BY_ALL.search(name)]
    return _stages(module, [stem, *(members[key] for key in sorted(members))])


def _without_head(matcher: Any) -> Any:
    """The matcher without the entries that put what follows the last block into the last block's group."""
    if not isinstance(matcher, Mapping):
        return matcher
    return {
        name: [entry for entry in spec if not _is_final(entry)] if isinstance(spec, (list, tuple)) else spec
        for name, spec in matcher.items()
    }


def _is_final(entry: tuple[str, tuple[int] | None]) -> bool:
    pattern, suffix = entry
    return suffix == (_WITH_PREVIOUS,) and re.compile(pattern).groups == 0


def longest_list(module: nn.Module) -> str:
    """The path of the list of layers that holds the most parameters; of equals the outermost."""
    lists = [
        (path, part) for path, part in module.named_modules() if isinstance(part, nn.ModuleList) and len(part)
    ]
    if not lists:
        raise CandidateFailed(f"{type(module).__name__} has no list of layers, so it has no stages to freeze")
    sizes = {path: sum(p.numel() for p in part.parameters()) for path, part in lists}
    longest: str = max(sizes, key=sizes.__getitem__)
    return longest


def _stages(module: nn.Module, groups: Sequence[list[str]]) -> tuple[tuple[str, ...], ...]:
    sizes = {name: tensor.ndim for name, tensor in (*module.named_parameters(), *module.named_buffers())}
    joined: list[list[str]] = []
    for group in groups:
        if joined and all(sizes[name] < 2 for name in group):
            joined[-1] += group
        elif group:
            joined.append(list(group))
    if len(joined) > 1:  # the stem
        joined[:2] = [joined[0] + joined[1]]
    if not joined:
        raise CandidateFailed(
            f"{type(module).__name__} names no groups of layers, so it has no stages to freeze"
        )
    stage_of = {
        name: index * min(len(joined), MOST_STAGES) // len(joined)
        for index, group in enumerate(joined)
        for name in group
    }
    return cover(module, stage_of)
