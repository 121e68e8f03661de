"""The lines that load a name's model in a fresh process, or ask it where the daemon runs."""

from automl_tl.settings import Settings

_TEXT = "some new text"
_WRITTEN = "from automl_tl.domain.prediction import Written"


def loading_lines(name: str, settings: Settings, *, alias: str = "champion") -> tuple[str, ...]:
    """What a person pastes; for MLflow it needs MLflow and the model's own requirements, not automl-tl.

    ``alias`` may be a version's number.
    """
    root = settings.folders.registry
    if settings.registry == "folder":
        version = alias if _is_number(alias) else f'registry.alias("{name}", "{alias}")'
        return (
            "from pathlib import Path",
            "from automl_tl.registry.folder import FolderRegistry",
            "from automl_tl.model.artifact import load",
            f'registry = FolderRegistry(Path("{root}"))',
            f'model = load(registry.fetch("{name}", {version}))',
        )
    address = settings.registry_url or f"sqlite:///{root / 'mlflow.sqlite3'}"
    where = f"{name}/{alias}" if _is_number(alias) else f"{name}@{alias}"
    return (
        "import mlflow",
        f'mlflow.set_tracking_uri("{address}")',
        f'model = mlflow.pyfunc.load_model("models:/{where}")',
    )


def client_lines(name: str, *, alias: str, is_text: bool = False) -> tuple[str, ...]:
    """The daemon's Python client."""
    begin = "from automl_tl.client.client import Client"
    if is_text:
        given, begin = f'Written(text="{_TEXT}")', f"{begin}\n{_WRITTEN}"
    else:
        given = '"new.jpg"'
    return (
        *begin.splitlines(),
        f'Client().predict("{name}", [{given}], alias="{alias}")["predictions"]',
    )


def shell_lines(name: str, *, alias: str, is_text: bool = False) -> tuple[str, ...]:
    """The command line."""
    return (f"automl-tl predict {name}@{alias} " + (f"--text '{_TEXT}'" if is_text else "new.jpg"),)


def http_lines(name: str, settings: Settings, *, alias: str, is_text: bool = False) -> tuple[str, ...]:
    """HTTP, as ``curl`` speaks it; the token file is the daemon's."""
    token = settings.folders.run / "token"
    url = f"http://{settings.host}:{settings.port}/api/v1/models/{name}@{alias}/predict"
    body = f"""--json '{{"inputs": [{{"text": "{_TEXT}"}}]}}'""" if is_text else "-F files=@new.jpg"
    return (f'curl -H "Authorization: Bearer $(cat {token})" {body} {url}',)


def _is_number(alias: str) -> bool:
    return alias.isdecimal() or alias == "VERSION"
