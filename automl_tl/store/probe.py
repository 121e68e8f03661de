"""Whether the store can be had, and whether this program knows it."""

from pathlib import Path

from automl_tl.domain.finding import Finding, Health
from automl_tl.errors import AutomlError
from automl_tl.settings import Settings
from automl_tl.store.database import Database
from automl_tl.store.engine import store_url
from automl_tl.store.migrate import version
from automl_tl.store.schema import HEAD


def probe(settings: Settings) -> Finding:
    """The store is opened where there is one, and never made or migrated."""
    where = settings.store_url or settings.folders.store
    try:
        url = store_url(where)
        if url.get_backend_name() == "sqlite" and not Path(str(url.database)).is_file():
            return Finding(what="store", found=f"SQLite at {url.database} (made by the first job)")
        found = _version(where)
    except AutomlError as problem:
        advice = "see that the database runs and may be reached, or mend AUTOML_TL_STORE_URL"
        return Finding(what="store", health=Health.BAD, found=str(problem), advice=advice)
    name = f"{url.get_dialect().name} {url.host or url.query.get('host') or ''}".rstrip()
    if found is not None and found > HEAD:
        advice = "use the version of automl-tl that this store was made by, or a newer one"
        told = f"{name}, of migration {found}; this program knows up to {HEAD}"
        return Finding(what="store", health=Health.BAD, found=told, advice=advice)
    state = "empty" if found is None else "current" if found == HEAD else "migrated at the next start"
    return Finding(what="store", found=f"{name}, {state}")


def _version(where: str | Path) -> str | None:
    database = Database(store_url(where))
    try:
        return database.read(version)
    finally:
        database.close()
