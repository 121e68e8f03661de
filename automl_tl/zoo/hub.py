"""Files of the Hugging Face hub: from the cache on this machine first, then over the network, once."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from huggingface_hub import constants, get_hf_file_metadata, hf_hub_download, hf_hub_url, resolve_revision
from huggingface_hub import try_to_load_from_cache as load_from_cache
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
    RevisionResolutionError,
)
from huggingface_hub.file_download import repo_folder_name

from automl_tl.domain.prefetch import Progress
from automl_tl.errors import CandidateFailed, CandidateUnknown
from automl_tl.filelock import FileLock
from automl_tl.steps import step
from automl_tl.zoo.hub_blob import keep_blob
from automl_tl.zoo.hub_patience import TROUBLE, patiently

_log = logging.getLogger(__name__)


def fetch(
    repository: str,
    filename: str,
    *,
    revision: str | None,
    cache: Path | None,
    progress: Progress | None = None,
) -> Path | None:
    """The local path of one file, None when the repository has none; ``cache`` None: the hub's usual folder.

    A branch means the commit that it pointed to when this cache first saw it, so that all files of one
    candidate are of one commit. ``progress`` hears of the bytes that come. Raises CandidateUnknown when the
    hub has no such repository or revision, CandidateFailed when the file is not here and the hub cannot be
    reached, or when what came is not what the hub says it has.
    """
    with _in_words(repository, filename, revision=revision):
        here = _here(repository, filename, revision=revision, cache=cache)
        if here is not None:
            return here or None
        _require_network(repository, filename)
        # Many workers want the same files at the same time; a hub answers such crowds with 429.
        with FileLock(_lock(repository, cache)).exclusive(step):
            here = _here(repository, filename, revision=revision, cache=cache)
            if here is not None:
                return here or None
            return _fetched(repository, filename, revision=revision, cache=cache, progress=progress)


def is_here(repository: str, filename: str, *, revision: str | None, cache: Path | None) -> bool:
    """Whether a file lies in the cache on this machine; asks no network."""
    return path_here(repository, filename, revision=revision, cache=cache) is not None


def path_here(repository: str, filename: str, *, revision: str | None, cache: Path | None) -> Path | None:
    """The path of a file in the cache on this machine, None where it is not there; asks no network."""
    try:
        return _here(repository, filename, revision=revision, cache=cache) or None
    except HFValidationError:
        return None


def size(repository: str, filename: str, *, revision: str | None, cache: Path | None) -> int | None:
    """How many bytes a file has, None where the hub does not say; raises as ``fetch`` does."""
    with _in_words(repository, filename, revision=revision):
        here = _here(repository, filename, revision=revision, cache=cache)
        if here:
            return here.stat().st_size
        _require_network(repository, filename)
        url = hf_hub_url(repository, filename, revision=_commit(repository, revision, cache))
        return patiently(lambda: get_hf_file_metadata(url)).size


def revision_of(path: Path) -> str | None:
    """The commit that a cached file belongs to: its folder's name in the cache."""
    parts = path.parts
    return parts[parts.index("snapshots") + 1] if "snapshots" in parts else None


def _here(repository: str, filename: str, *, revision: str | None, cache: Path | None) -> Path | Any:
    """The cached file; False: the repository is known to have none; None: nothing is known here."""
    found = load_from_cache(repository, filename, revision=revision, cache_dir=cache)
    if isinstance(found, str):
        return Path(found)
    return None if found is None else False


def _fetched(
    repository: str, filename: str, *, revision: str | None, cache: Path | None, progress: Progress | None
) -> Path | None:
    _log.info("file was not in the cache: repository=%s file=%s", repository, filename)
    constants.HF_HUB_DISABLE_TELEMETRY = True
    commit = _commit(repository, revision, cache)
    url = hf_hub_url(repository, filename, revision=commit)
    try:
        told = patiently(lambda: get_hf_file_metadata(url))
        keep_blob(_folder(repository, cache) / "blobs", url, told, progress=progress)
    except RemoteEntryNotFoundError:
        pass  # the client writes down beside the cached files that there is none
    try:
        # What the blob is called in the cache, and where, is the client's to say.
        return Path(
            patiently(lambda: hf_hub_download(repository, filename, revision=commit, cache_dir=cache))
        )
    except RemoteEntryNotFoundError:
        return None


def _commit(repository: str, revision: str | None, cache: Path | None) -> str:
    """The commit of a branch or tag: the one that the cache knows it by, else the hub's present one."""
    try:
        known = resolve_revision(repository, revision=revision, cache_dir=cache, local_files_only=True)
    except RevisionResolutionError:
        known = patiently(lambda: resolve_revision(repository, revision=revision, cache_dir=cache))
    return str(known.resolved)


def _folder(repository: str, cache: Path | None) -> Path:
    return Path(cache or constants.HF_HUB_CACHE) / repo_folder_name(repo_id=repository, repo_type="model")


def _lock(repository: str, cache: Path | None) -> Path:
    folder = _folder(repository, cache)
    return folder.parent / ".locks" / folder.name / "automl-tl.lock"


def _require_network(repository: str, filename: str) -> None:
    if constants.is_offline_mode():
        raise OfflineModeIsEnabled(f"{filename} of {repository}")


@contextmanager
def _in_words(repository: str, filename: str, *, revision: str | None) -> Iterator[None]:
    try:
        yield
    except HFValidationError as error:
        raise CandidateUnknown(f"{repository} is no repository's name: {error}") from error
    except GatedRepoError as error:
        raise CandidateFailed(
            f"{repository} is given only to those who accepted its terms on the hub; accept them,"
            " and set HF_TOKEN to a token of yours"
        ) from error
    except RepositoryNotFoundError as error:
        raise CandidateUnknown(f"the hub has no repository {repository} that may be read") from error
    except RevisionNotFoundError as error:
        raise CandidateUnknown(f"{repository} has no revision {revision or 'main'}") from error
    except (LocalEntryNotFoundError, OfflineModeIsEnabled, RevisionResolutionError) as error:
        raise CandidateFailed(
            f"{filename} of {repository} is not on this machine and the hub cannot be reached;"
            " prefetch it where there is a network, or give its folder as local-dir:"
        ) from error
    except TROUBLE as error:
        raise CandidateFailed(f"{filename} of {repository} could not be fetched: {_why(error)}") from error


def _why(error: Exception) -> str:
    if isinstance(error, HfHubHTTPError):
        return f"the hub answered {error.response.status_code} again and again"
    return " ".join(str(error).split()) or type(error).__name__
