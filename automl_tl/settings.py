"""The one frozen object read from the environment, and the folders of a home."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError

from automl_tl.domain.destination import Allowed, destination_of, network_of
from automl_tl.domain.job import DEFAULT_TENANT
from automl_tl.domain.licence import LicencePolicy, Unknown
from automl_tl.domain.quota import Quota
from automl_tl.errors import OperatorError, RequestError

_PREFIX = "AUTOML_TL_"
_PASSWORD = re.compile(r"(://[^:/@]*):[^@/]*(?=@)")
ASKING = frozenset({"home", "url", "key", "key_file"})
"""Settings of whoever asks a daemon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where everything of one installation lies on disk."""

    root: Path

    @property
    def store(self) -> Path:
        """The SQLite file."""
        return self.root / "store.sqlite3"

    @property
    def registry(self) -> Path:
        """MLflow's SQLite file and artifacts, or the folder registry."""
        return self.root / "registry"

    @property
    def manifests(self) -> Path:
        """Frozen manifests, one ``<fingerprint>.jsonl`` each; of other tenants in a folder of their own."""
        return self.root / "manifests"

    def manifests_of(self, tenant: str = DEFAULT_TENANT) -> Path:
        """A tenant's own: the same data make the same file, and one forgets without the other."""
        return self.manifests if tenant == DEFAULT_TENANT else self.manifests / tenant

    @property
    def datasets(self) -> Path:
        """Uploaded and unpacked datasets, by sha256."""
        return self.root / "datasets"

    def uploads(self, tenant: str = DEFAULT_TENANT) -> Path:
        """What a tenant uploaded, by sha256."""
        return self.datasets / ("uploads" if tenant == DEFAULT_TENANT else f"uploads.{tenant}")

    @property
    def cache(self) -> Path:
        """What can be computed again: prepared pictures, features."""
        return self.root / "cache"

    @property
    def run(self) -> Path:
        """What lives only while a daemon does: lock, address, token, sockets."""
        return self.root / "run"

    def job(self, id: str) -> Path:
        """One job's folder: checkpoints, artifacts, predictions, report, log."""
        return self.root / "jobs" / id


class Settings(BaseSettings):
    """Environment variables ``AUTOML_TL_*``; every default works on one small machine without a network."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, frozen=True, extra="ignore")

    home: Path = Field(default_factory=lambda: user_data_path("automl-tl"))
    url: str | None = None  # of a daemon elsewhere, which the command line and the Python client ask then
    key: SecretStr | None = None  # what they show it
    key_file: Path | None = None  # or the file that holds it
    host: str = "127.0.0.1"
    port: int = Field(default=8787, ge=0, le=65535)
    store_url: str | None = None
    registry: Literal["mlflow", "folder"] = "mlflow"
    registry_url: str | None = None
    workers: int | None = Field(default=None, ge=1)
    threads_per_worker: int | None = Field(default=None, ge=1)
    works_per_worker: int | None = Field(default=None, ge=1)  # then a fresh process; None: workers stay warm
    running_jobs: int = Field(default=1, ge=1)
    tenant_running_jobs: int | None = Field(default=None, ge=1)  # of each tenant at once; None: no limit
    tenant_compute_seconds: float | None = Field(default=None, gt=0)  # of each tenant in 24 hours
    lease_seconds: float = 15.0
    stall_seconds: float = 120.0
    stop_seconds: float = 15.0
    shared_prior: bool = False
    attempts_per_trial: int = 3
    attempts_per_job: int = 5
    max_failed_trials: int = 20
    upload_bytes: int = 8 * 2**30
    tenant_upload_bytes: int = Field(default=64 * 2**30, ge=0)  # of all that one tenant has uploaded
    unpacked_bytes: int = 32 * 2**30
    precision: Literal["auto", "float32"] = "auto"  # auto: bfloat16 where it is seen to pay
    activation_bytes: int = Field(default=8 * 2**30, ge=0)  # 0: none are kept
    activation_dtype: Literal["float32", "float16"] = "float32"  # as which boundaries' activations are kept
    activation_views: int = Field(default=0, ge=0, le=16)  # kept versions of each picture beside itself
    unreadable_share: float = 0.1
    hostnames: Annotated[tuple[str, ...], NoDecode] = ()  # names by which others reach it, behind a proxy too
    requests_per_minute: int = Field(default=1200, ge=0)  # of one key; 0: no bound
    webhook_urls: Annotated[
        tuple[str, ...], NoDecode
    ] = ()  # how addresses that may be told begin; none: nobody
    webhook_networks: Annotated[
        tuple[str, ...], NoDecode
    ] = ()  # "10.0.0.0/8": not public, and reached by name
    dataset_roots: Annotated[tuple[Path, ...], NoDecode] = ()  # "/data/{tenant}" is each tenant's own
    allowed_licences: Annotated[tuple[str, ...], NoDecode] = LicencePolicy().allow  # "mit,apache-*"
    denied_licences: Annotated[tuple[str, ...], NoDecode] = LicencePolicy().deny
    unknown_licences: Unknown = LicencePolicy().unknown
    kept_challengers: int = Field(default=10, ge=0)  # of each name, the newest that were never champion
    kept_champions: int | None = Field(default=None, ge=0)  # former ones of each name; None: all of them
    retry_days: float = Field(default=7.0, ge=0)  # how long a failed or cancelled job can be tried again
    upload_days: float = Field(default=1.0, ge=0)  # how long an upload waits for its first job
    picture_bytes: int = Field(default=32 * 2**30, ge=0)  # prepared pictures that gc leaves

    @field_validator(
        *("allowed_licences", "denied_licences", "hostnames", "webhook_urls", "webhook_networks"),
        "dataset_roots",
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        """What commas divide, or, where something has a comma in it, a list in JSON."""
        if not isinstance(value, str):
            return value
        if value.lstrip().startswith("["):
            return json.loads(value)
        return tuple(part.strip() for part in value.split(",") if part.strip())

    @property
    def licences(self) -> LicencePolicy:
        """What the operator asks of the licence of any weights."""
        return LicencePolicy(
            allow=self.allowed_licences, deny=self.denied_licences, unknown=self.unknown_licences
        )

    @field_validator("webhook_urls", "webhook_networks")
    @classmethod
    def _check(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        try:
            for text in value:
                (destination_of if info.field_name == "webhook_urls" else network_of)(text)
        except RequestError as error:
            raise ValueError(str(error)) from None
        return value

    @property
    def webhook_policy(self) -> Allowed:
        """Where webhooks may be sent."""
        return Allowed(urls=self.webhook_urls, networks=self.webhook_networks)

    @property
    def quota(self) -> Quota:
        """What a tenant may have that was granted no quota of its own."""
        return Quota(running_jobs=self.tenant_running_jobs, compute_seconds=self.tenant_compute_seconds)

    def asking(self, *, url: str | None, key: str | None = None, key_file: Path | None = None) -> "Settings":
        """These settings with another daemon to ask (None: the home's), and what it is shown, where given."""
        said: dict[str, object] = {"url": url}
        if key is not None:
            said |= {"key": SecretStr(key), "key_file": None}
        elif key_file is not None:
            said |= {"key": None, "key_file": key_file}
        return self.model_copy(update=said)

    @property
    def folders(self) -> Home:
        """The home's folders, absolute."""
        return Home(root=self.home.expanduser().resolve())


def variables(environment: Mapping[str, str]) -> dict[str, str]:
    """The settings of a daemon that an environment sets; a password in an address is left out."""
    fields = {variable_of(name) for name in Settings.model_fields if name not in ASKING}
    return {name: without_password(value) for name, value in sorted(environment.items()) if name in fields}


def variable_of(field: str) -> str:
    """The environment variable of a setting."""
    return _PREFIX + field.upper()


def without_password(text: str) -> str:
    """A text whose addresses name the user alone."""
    return _PASSWORD.sub(r"\1", text)


def read_settings(*, home: Path | None = None) -> Settings:
    """The settings of this process; raises OperatorError that names the variable and what may stand in it."""
    try:
        return Settings() if home is None else Settings(home=home)
    except ValidationError as error:
        first = error.errors()[0]
        variable = variable_of(str(first["loc"][0])) if first["loc"] else "the settings"
        expected = str(first["msg"]).removeprefix("Input should be ")
        raise OperatorError(f"{variable} is {first['input']!r}; expected {expected}") from None
    except SettingsError as error:
        raise OperatorError(f"the settings cannot be read: {error}") from None
