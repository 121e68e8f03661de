"""The home's store for as long as a command needs it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from automl_tl.settings import Settings
from automl_tl.store.base import Store
from automl_tl.store.sql import open_store


@contextmanager
def opened_store(settings: Settings) -> Iterator[Store]:
    """The one memory, migrated forward where needed; raises StoreUnavailable, OperatorError."""
    settings.folders.root.mkdir(parents=True, exist_ok=True)
    with closing(open_store(settings.store_url or settings.folders.store)) as store:
        yield store
