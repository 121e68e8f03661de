"""An artifact in MLflow's model format: the artifact's files, the code that loads them, what it requires."""

import base64
import importlib
import shutil
import warnings
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import automl_tl.model
from automl_tl.model.artifact import EXAMPLE
from automl_tl.model.description import read_spec
from automl_tl.model.signature import COLUMNS, signature
from automl_tl.model.spec import ModelSpec

_LOADER = "automl_tl.model.pyfunc"
_ALWAYS = ("torch", "numpy", "pillow", "safetensors", "pandas")
_ALSO = {"timm": ("torchvision", "timm"), "transformers": ("transformers",)}
_OF = {"audio": ("soundfile", "scipy"), "text": ("tokenizers",)}  # decoding, resampling; tokens


def write_model(artifact: Path, folder: Path) -> Path:
    """Write the artifact as an MLflow model into ``folder``, which must not exist; needs MLflow imported.

    The model brings this package's ``model`` room along, so that a process without the package can load it.
    Its signature is the artifact's; its input example is the artifact's picture in base64, never run here.
    """
    pyfunc = importlib.import_module("mlflow.pyfunc")
    spec = read_spec(artifact)
    with TemporaryDirectory() as scratch, warnings.catch_warnings():
        # An artifact without an example has none to give; the signature is known all the same.
        warnings.filterwarnings("ignore", message=".*input example.*")
        pyfunc.save_model(
            path=str(folder),
            loader_module=_LOADER,
            data_path=str(artifact),
            code_paths=[str(_code(Path(scratch)))],
            pip_requirements=requirements(spec),
            signature=_signature(spec),
            input_example=_example(artifact / EXAMPLE),
        )
    return folder


def data_folder(model: Path) -> Path | None:
    """Where an MLflow model of ours holds the artifact; None for one of somebody else's."""
    found = sorted((model / "data").glob("*/model.json"))
    return found[0].parent if len(found) == 1 else None


def drop_example(folder: Path) -> None:
    """Take the input example out of an MLflow model in this folder; needs MLflow imported."""
    for file in folder.glob("*input_example.json"):
        file.unlink(missing_ok=True)
    model = importlib.import_module("mlflow.models").Model.load(str(folder))
    model.saved_input_example_info = None
    model.save(str(folder / "MLmodel"))


def requirements(spec: ModelSpec) -> list[str]:
    """What the model needs beside its own code, pinned as installed here."""
    names = (*_ALWAYS, *_ALSO.get(spec.backbone.library, ()), *_OF.get(spec.modality, ()))
    # A local build's suffix (2.8.0+cpu) is not to be found in a registry.
    return [f"{name}=={version(name).partition('+')[0]}" for name in names]


def _code(scratch: Path) -> Path:
    package = scratch / "automl_tl"
    package.mkdir()
    (package / "__init__.py").touch()
    room = Path(automl_tl.model.__path__[0])
    # The probe is for `doctor`: it is the one file that knows other rooms.
    shutil.copytree(room, package / "model", ignore=shutil.ignore_patterns("__pycache__", "probe.py"))
    return package


def _example(picture: Path) -> Any:
    if not picture.is_file():
        return None
    pandas = importlib.import_module("pandas")
    return pandas.DataFrame({COLUMNS["image"]: [base64.b64encode(picture.read_bytes()).decode()]})


def _signature(spec: ModelSpec) -> object:
    models, types = importlib.import_module("mlflow.models"), importlib.import_module("mlflow.types.schema")
    said = signature(spec)

    def column(entry: dict[str, Any]) -> object:
        # MLflow has no pictures or sounds; any other type of its own would refuse arrays, or bytes, or text.
        kind = types.AnyType() if entry["type"] in ("picture", "sound") else entry["type"]
        return types.ColSpec(kind, entry["name"])

    params = [types.ParamSpec(entry["name"], entry["type"], entry["default"]) for entry in said["params"]]
    return models.ModelSignature(
        inputs=types.Schema([column(entry) for entry in said["inputs"]]),
        outputs=types.Schema([column(entry) for entry in said["outputs"]]),
        params=types.ParamSchema(params),
    )
