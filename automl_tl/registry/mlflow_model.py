"""An artifact in MLflow's model format: the artifact's files, the code that loads them, what it requires."""

import importlib
import shutil
import warnings
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import automl_tl.model
from automl_tl.model.artifact import read_spec

_LOADER = "automl_tl.model.pyfunc"
_ALWAYS = ("torch", "numpy", "pillow", "safetensors", "pandas")
_ALSO = {"timm": ("torchvision", "timm"), "transformers": ("transformers",)}


def write_model(artifact: Path, folder: Path) -> Path:
    """Write the artifact as an MLflow model into ``folder``, which must not exist; needs MLflow imported.

    The model brings this package's ``model`` room along, so that a process without the package can load it.
    """
    pyfunc = importlib.import_module("mlflow.pyfunc")
    with TemporaryDirectory() as scratch, warnings.catch_warnings():
        # MLflow asks for an example input and would run the model on it; the signature is known.
        warnings.filterwarnings("ignore", message=".*input example.*")
        pyfunc.save_model(
            path=str(folder),
            loader_module=_LOADER,
            data_path=str(artifact),
            code_paths=[str(_code(Path(scratch)))],
            pip_requirements=requirements(read_spec(artifact).backbone.library),
            signature=_signature(),
        )
    return folder


def requirements(library: str) -> list[str]:
    """What the model needs beside its own code, pinned as installed here."""
    names = (*_ALWAYS, *_ALSO.get(library, ()))
    # A local build's suffix (2.8.0+cpu) is not to be found in a registry.
    return [f"{name}=={version(name).partition('+')[0]}" for name in names]


def _code(scratch: Path) -> Path:
    package = scratch / "automl_tl"
    package.mkdir()
    (package / "__init__.py").touch()
    room = Path(automl_tl.model.__path__[0])
    shutil.copytree(room, package / "model", ignore=shutil.ignore_patterns("__pycache__"))
    return package


def _signature() -> object:
    models, types = importlib.import_module("mlflow.models"), importlib.import_module("mlflow.types.schema")
    inputs = [types.ColSpec(types.AnyType(), "image")]  # a path, bytes or base64
    outputs = [types.ColSpec("string", "label"), types.ColSpec("float", "probability")]
    return models.ModelSignature(inputs=types.Schema(inputs), outputs=types.Schema(outputs))
