"""The candidates of a space brought onto this machine, by whatever zoos a worker would open them from."""

from collections.abc import Callable, Iterator
from pathlib import Path

from automl_tl.domain.prefetch import Prefetched
from automl_tl.search.space_file import find_space, read_space
from automl_tl.settings import Settings


def prefetch_space(
    name_or_path: str, settings: Settings, *, told: Callable[[str, int, int | None], object]
) -> Iterator[Prefetched]:
    """Each candidate's arrival, in the space's order; raises SpaceInvalid."""
    text, root = find_space(name_or_path)
    space = read_space(text, root=Path(root))
    from automl_tl.wiring.worker import zoo_of  # torch and timm: seconds, and a wrong name is said before
    from automl_tl.zoo.prefetch import prefetch

    yield from prefetch(zoo_of(settings), space.candidates, told=told)
