"""The lines of Python that load a name's champion in a fresh process."""

from automl_tl.settings import Settings


def loading_lines(name: str, settings: Settings) -> tuple[str, ...]:
    """What a person pastes; for MLflow it needs MLflow and the model's own requirements, not automl-tl."""
    root = settings.folders.registry
    if settings.registry == "folder":
        return (
            "from automl_tl.registry.folder import FolderRegistry",
            "from automl_tl.model.artifact import load",
            f'registry = FolderRegistry("{root}")',
            f'model = load(registry.fetch("{name}", registry.alias("{name}", "champion")))',
        )
    address = settings.registry_url or f"sqlite:///{root / 'mlflow.sqlite3'}"
    return (
        "import mlflow",
        f'mlflow.set_tracking_uri("{address}")',
        f'model = mlflow.pyfunc.load_model("models:/{name}@champion")',
    )
