"""Ray's own command line without its dashboard process, so that nothing leaves the machine.

Even with its dashboard and its usage statistics switched off, Ray starts a process that asks the network in
which cloud it runs, and reports once that it does not report.
"""

import sys
from typing import Any


def main() -> int:
    """``start --head …``: what ``ray`` takes."""
    from ray._private import services
    from ray.scripts import scripts

    services.start_api_server = _no_dashboard
    scripts.main()
    return 0


def _no_dashboard(*_: Any, **__: Any) -> tuple[None, None]:
    """What Ray itself goes on with where its dashboard did not start: no address, no process."""
    return None, None


if __name__ == "__main__":
    sys.exit(main())
