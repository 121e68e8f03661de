"""Files of the Hugging Face hub: from the cache on this machine first, then over the network."""

import logging
from pathlib import Path

from huggingface_hub import constants, hf_hub_download, try_to_load_from_cache
from huggingface_hub.errors import (
    EntryNotFoundError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from automl_tl.errors import CandidateFailed, CandidateUnknown

_log = logging.getLogger(__name__)


def fetch(repository: str, filename: str, *, revision: str | None, cache: Path | None) -> Path:
    """The local path of one file; ``cache`` None: the hub's usual folder.

    Raises CandidateUnknown when the hub has no such repository or revision, CandidateFailed when it has no
    such file, or when the file is not here and the hub cannot be reached.
    """
    constants.HF_HUB_DISABLE_TELEMETRY = True
    try:
        return Path(
            hf_hub_download(repository, filename, revision=revision, cache_dir=cache, local_files_only=True)
        )
    except LocalEntryNotFoundError:
        _log.info("file was not in the cache: repository=%s file=%s", repository, filename)
    except HFValidationError as error:
        raise CandidateUnknown(f"{repository} is no repository's name: {error}") from error
    try:
        return Path(hf_hub_download(repository, filename, revision=revision, cache_dir=cache))
    except RepositoryNotFoundError as error:
        raise CandidateUnknown(f"the hub has no repository {repository} that may be read") from error
    except RevisionNotFoundError as error:
        raise CandidateUnknown(f"{repository} has no revision {revision}") from error
    except (LocalEntryNotFoundError, OfflineModeIsEnabled) as error:
        raise CandidateFailed(
            f"{filename} of {repository} is not on this machine and the hub cannot be reached;"
            " prefetch it where there is a network, or give its folder as local-dir:"
        ) from error
    except EntryNotFoundError as error:
        raise CandidateFailed(f"{repository} has no {filename}, and only safetensors are loaded") from error
    except (HfHubHTTPError, OSError) as error:
        raise CandidateFailed(f"{filename} of {repository} could not be fetched: {error}") from error


def is_here(repository: str, filename: str, *, revision: str | None, cache: Path | None) -> bool:
    """Whether a file lies in the cache on this machine; asks no network."""
    try:
        found = try_to_load_from_cache(repository, filename, revision=revision, cache_dir=cache)
    except HFValidationError:
        return False
    return isinstance(found, str)


def revision_of(path: Path) -> str | None:
    """The commit that a cached file belongs to: its folder's name in the cache."""
    parts = path.parts
    return parts[parts.index("snapshots") + 1] if "snapshots" in parts else None
