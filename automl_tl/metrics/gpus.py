"""NVIDIA's GPUs, asked by its own management library; without driver or card there are none."""

from collections.abc import Iterator
from dataclasses import dataclass

import pynvml


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """One GPU as it is now; ``busy`` is the share of the last moments in which it computed."""

    index: str
    used_bytes: int
    size_bytes: int
    busy: float


class Gpus:
    """All of the machine's."""

    def __init__(self) -> None:
        self._is_open: bool | None = None

    def look(self) -> tuple[Gpu, ...]:
        """How each is used now, whoever uses it; one that cannot be asked is left out."""
        if self._is_open is None:
            self._is_open = _opened()
        return tuple(_gpus()) if self._is_open else ()


def _opened() -> bool:
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return False
    return True


def _count() -> int:
    try:
        return int(pynvml.nvmlDeviceGetCount())
    except pynvml.NVMLError:  # the driver was taken away meanwhile
        return 0


def _gpus() -> Iterator[Gpu]:
    for index in range(_count()):
        try:
            handle = pynvml.nvmlDeviceGetHandleByIndex(index)
            memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
            busy = pynvml.nvmlDeviceGetUtilizationRates(handle).gpu / 100
        except pynvml.NVMLError:
            continue
        yield Gpu(index=str(index), used_bytes=int(memory.used), size_bytes=int(memory.total), busy=busy)
