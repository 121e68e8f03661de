"""What is free is what the machine has, or what the container's limit leaves."""

from pathlib import Path

import psutil

from automl_tl.executors.machine import free_bytes


def group(folder: Path, *, second: bool, limit: str) -> Path:
    own = folder if second else folder / "memory"
    own.mkdir(exist_ok=True)
    names = ("memory.max", "memory.current") if second else ("memory.limit_in_bytes", "memory.usage_in_bytes")
    (own / names[0]).write_text(f"{limit}\n")
    (own / names[1]).write_text("3000000\n")
    key = "inactive_file" if second else "total_inactive_file"
    (own / "memory.stat").write_text(f"anon 5\ninactive_file 7\n{key} 1000000\n")
    return folder


def test_a_containers_limit_counts_less_what_it_uses_and_cannot_drop(tmp_path: Path) -> None:
    for second in (True, False):
        folder = tmp_path / str(second)
        folder.mkdir()

        assert free_bytes(group=group(folder, second=second, limit="8000000")) == 6_000_000


def test_without_a_limit_the_machine_counts(tmp_path: Path) -> None:
    unlimited = free_bytes(group=group(tmp_path, second=True, limit="max"))

    assert 0 < unlimited <= psutil.virtual_memory().total
    assert 0 < free_bytes(group=tmp_path / "none") <= psutil.virtual_memory().total
