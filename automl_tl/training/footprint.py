"""How much memory something takes at its highest."""

from collections.abc import Callable
from pathlib import Path

import torch

from automl_tl.training.allocation import give_back_memory

_PROCESS = Path("/proc/self")
_FORGET_PEAK = "5"  # written to clear_refs: the peak starts anew from what is resident


def rise(act: Callable[[], object], *, device: torch.device) -> int | None:
    """Bytes by which memory in use rose while ``act`` ran, at its highest; None where nobody tells."""
    if device.type == "cuda":
        before = torch.cuda.memory_allocated(device)
        torch.cuda.reset_peak_memory_stats(device)
        act()
        return max(0, torch.cuda.max_memory_allocated(device) - before)
    give_back_memory()  # what lies about free would be used again, and the rise not be seen
    if not _forget_peak():
        act()
        return None
    before = _resident("VmRSS")
    act()
    return max(0, _resident("VmHWM") - before)


def _forget_peak() -> bool:
    try:
        (_PROCESS / "clear_refs").write_text(_FORGET_PEAK)
    except OSError:  # not Linux, or not allowed
        return False
    return True


def _resident(name: str) -> int:
    lines = (_PROCESS / "status").read_text().splitlines()
    kilobytes = next(line.split()[1] for line in lines if line.startswith(f"{name}:"))
    return int(kilobytes) * 1024
