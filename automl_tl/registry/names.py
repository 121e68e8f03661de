"""What a registered model may be called, and the tag by which its decision is found again."""

import re

from automl_tl.errors import RequestError

DECISION = "automl_tl.decision"
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,126}")


def checked(name: str) -> str:
    """The name, if it is one (``NAME`` or ``TENANT.NAME``); raises RequestError."""
    if not _NAME.fullmatch(name) or ".." in name:
        raise RequestError(
            f"{name!r} is no model's name: letters a-z, digits, '_', '-', and '.' after a tenant"
        )
    return name
