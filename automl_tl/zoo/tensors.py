"""The tensors of a module in the order of its layers, and the module paths that hold given ones."""

from collections.abc import Mapping

from torch import nn


def names(module: nn.Module) -> tuple[str, ...]:
    """Every parameter and buffer, layer by layer as they were registered."""
    found = []
    for path, layer in module.named_modules():
        own = [name for name, _ in layer.named_parameters(recurse=False)]
        own += [name for name, _ in layer.named_buffers(recurse=False)]
        found += [f"{path}.{name}" if path else name for name in own]
    return tuple(found)


def cover(module: nn.Module, stage_of: Mapping[str, int]) -> tuple[tuple[str, ...], ...]:
    """For each stage the fewest paths that hold exactly its tensors; those without a stage are in none.

    Layers without tensors (activations, dropout) go with the stage before them, up to the last stage.
    """
    if not stage_of:
        return ()
    paths: list[list[str]] = [[] for _ in range(max(stage_of.values()) + 1)]
    last = max(i for i, (path, _) in enumerate(_parts(module, "")) if _stages(path, stage_of))
    _collect(module, "", stage_of=stage_of, paths=paths, until=last)
    return tuple(tuple(stage) for stage in paths)


def _collect(
    module: nn.Module, path: str, *, stage_of: Mapping[str, int], paths: list[list[str]], until: int | None
) -> None:
    before: int | None = None
    for index, (name, part) in enumerate(_parts(module, path)):
        found = _stages(name, stage_of)
        if len(found) == 1 and _is_whole(part, name, stage_of):
            before = min(found)
            paths[before].append(name)
        elif found and part is not None:
            _collect(part, name, stage_of=stage_of, paths=paths, until=None)
            before = max(found)
        elif _is_empty(part) and before is not None and (until is None or index < until):
            paths[before].append(name)


def _parts(module: nn.Module, path: str) -> list[tuple[str, nn.Module | None]]:
    prefix = f"{path}." if path else ""
    own = [name for name, _ in module.named_parameters(recurse=False)]
    own += [name for name, _ in module.named_buffers(recurse=False)]
    children = [(prefix + name, child) for name, child in module.named_children()]
    return [*((prefix + name, None) for name in own), *children]


def _stages(path: str, stage_of: Mapping[str, int]) -> set[int]:
    return {stage for name, stage in stage_of.items() if name == path or name.startswith(path + ".")}


def _is_whole(part: nn.Module | None, path: str, stage_of: Mapping[str, int]) -> bool:
    return part is None or all(f"{path}.{name}" in stage_of for name in names(part))


def _is_empty(part: nn.Module | None) -> bool:
    return part is not None and not names(part)
