"""How every process of ours writes a line of its log."""

import logging
from collections.abc import Mapping

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class LineFormatter(logging.Formatter):
    """``time level logger message key=value …``: the facts given as ``extra`` follow the message."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # the library calls it so
        """The line, its facts included."""
        return " ".join([super().formatMessage(record), *_facts(vars(record))])


def log_to_stderr() -> None:
    """Log from level INFO on to standard error, as a process of its own does."""
    handler = logging.StreamHandler()
    handler.setFormatter(LineFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def _facts(record: Mapping[str, object]) -> list[str]:
    # Ray puts marks of its own on every record of its process; they begin with an underscore.
    told = (key for key in record if key not in _OWN and not key.startswith("_"))
    return [f"{key}={_plain(record[key])}" for key in told]


def _plain(value: object) -> str:
    text = str(value)
    return repr(text) if not text or any(c.isspace() for c in text) else text
