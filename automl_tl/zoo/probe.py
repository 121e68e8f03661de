"""Where weights that are not on this machine would come from."""

from huggingface_hub import constants

from automl_tl.domain.finding import Finding


def probe() -> Finding:
    """Whether the hub may be asked, and where its files are kept; nothing is sent."""
    cache = constants.HF_HUB_CACHE
    if constants.HF_HUB_OFFLINE:
        advice = "embedded: and local-dir: need no hub; unset HF_HUB_OFFLINE to fetch others"
        return Finding(what="hub", found=f"offline; only what is in {cache}", advice=advice)
    advice = "HF_HUB_OFFLINE=1 forbids it"
    return Finding(what="hub", found=f"asked for what is not in {cache}", advice=advice)
