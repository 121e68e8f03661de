"""Where weights that are not on this machine would come from."""

import urllib.error
import urllib.request

from huggingface_hub import constants

from automl_tl.domain.finding import Finding, Health

_SECONDS = 10.0


def probe(*, online: bool) -> Finding:
    """Whether the hub may be asked, and where its files are kept; only ``online`` sends it anything."""
    cache = constants.HF_HUB_CACHE
    if constants.HF_HUB_OFFLINE:
        advice = "embedded: and local-dir: need no hub; unset HF_HUB_OFFLINE to fetch others"
        return Finding(what="hub", found=f"offline; only what is in {cache}", advice=advice)
    if online and (why := _why_silent(constants.ENDPOINT)) is not None:
        advice = "open the way (HTTPS_PROXY, HF_ENDPOINT), or fetch elsewhere and use local-dir:"
        found = f"{constants.ENDPOINT} does not answer: {why}"
        return Finding(what="hub", health=Health.WARN, found=found, advice=advice)
    if online:
        return Finding(what="hub", found=f"{constants.ENDPOINT} answers; files are kept in {cache}")
    advice = "HF_HUB_OFFLINE=1 forbids it; --online sees whether it answers"
    return Finding(what="hub", found=f"asked for what is not in {cache}", advice=advice)


def _why_silent(url: str) -> str | None:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=_SECONDS):
            return None
    except urllib.error.HTTPError:  # it answers, if only with a complaint
        return None
    except (OSError, ValueError) as error:
        return str(getattr(error, "reason", error))
