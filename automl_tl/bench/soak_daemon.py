"""The daemon of ``bench soak``: as shipped, but what its runners' workers compute are numbers."""

import sys
from collections.abc import Sequence
from pathlib import Path

from automl_tl.daemon.job_process import runner_command
from automl_tl.domain.job import Lease
from automl_tl.settings import Settings
from automl_tl.wiring.supervisor import serve

_BUILDER = "automl_tl.bench.numbers:build"


def main() -> None:
    """``HOME``: serve on a free port until SIGTERM; the rest is said by environment."""
    settings = Settings(home=Path(sys.argv[1]), port=0)
    as_shipped = runner_command(settings.folders)

    def command(lease: Lease) -> Sequence[str]:
        return [*as_shipped(lease), "--builder", _BUILDER]

    serve(settings, command=command)


if __name__ == "__main__":
    main()
