"""The compose file: of the specification's shape, hardened, and of one mind with what it starts."""

import json
import shutil
import subprocess
from importlib.metadata import distribution
from importlib.resources import files
from pathlib import Path, PurePosixPath

import jsonschema
import pytest
from deployment import DEPLOY, FINAL_ENVIRONMENT, read_yaml, services
from sqlalchemy import make_url

from automl_tl.settings import Settings
from automl_tl.store.engine import store_url

SERVICES = services()
NAMES = sorted(SERVICES)


def environment(service: str) -> dict[str, str]:
    found: dict[str, str] = SERVICES[service].get("environment", {})
    return found


def mounts(service: str) -> dict[str, str]:
    """What lies where: source by target."""
    split = [
        text.rsplit("}", 1)[-1] if text.startswith("$") else text for text in SERVICES[service]["volumes"]
    ]
    pairs = [text.removesuffix(":ro").rpartition(":") for text in split]
    return {target: source for source, _, target in pairs}


@pytest.mark.parametrize("name", ["compose.yaml", "compose.gpu.yaml"])
def test_it_is_of_the_shape_that_the_specification_gives(name: str) -> None:
    schema = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"

    jsonschema.validate(read_yaml(name), json.loads(schema.read_text()))


def test_docker_reads_it() -> None:
    known = shutil.which("docker") and subprocess.run(["docker", "compose", "version"], capture_output=True)
    if not known or known.returncode != 0:
        pytest.skip("docker compose is not installed")

    command = ["docker", "compose", "--file", str(DEPLOY / "compose.yaml"), "config", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_a_service_has_no_privilege_and_writes_only_where_it_is_told(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "privileged" not in service
    assert not any("docker.sock" in source for source in mounts(name).values())


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_reached_from_another_machine(name: str) -> None:
    service = SERVICES[name]
    said = json.dumps([service.get("command"), environment(name)])

    assert "ports" not in service
    assert service["network_mode"] in ("host", "none")
    assert "0.0.0.0" not in said
    assert service["network_mode"] == "none" or name == "daemon" or "127.0.0.1" in said


@pytest.mark.parametrize("name", [name for name in NAMES if name != "daemon"])
def test_every_other_service_is_asked_for_its_health(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"  # the daemon's is the image's


def test_services_and_volumes_that_are_named_exist() -> None:
    volumes = read_yaml("compose.yaml")["volumes"]

    for service in SERVICES.values():
        assert set(service.get("depends_on", ())) <= set(SERVICES)
    named = {source for name in NAMES for source in mounts(name).values()}
    for source in named:
        if source.startswith("."):
            assert (DEPLOY / source).exists()
        elif source.isidentifier():
            assert source in volumes


def test_images_of_others_are_named_by_version() -> None:
    images = {
        service["image"] for service in SERVICES.values() if not service["image"].startswith("automl-tl:")
    }

    assert len(images) == 3
    assert all(image.partition(":")[2] not in ("", "latest") for image in images)


def test_the_daemon_is_told_what_it_knows() -> None:
    said = environment("daemon")
    fields = {f"AUTOML_TL_{name.upper()}" for name in Settings.model_fields}
    assert set(said) <= fields

    url = store_url(said["AUTOML_TL_STORE_URL"])

    postgres = environment("postgres")
    assert (url.username, url.database) == (postgres["POSTGRES_USER"], postgres["POSTGRES_DB"])
    assert mounts("daemon")[url.query["host"]] == mounts("postgres")[url.query["host"]]


def test_the_registry_is_where_the_daemon_looks_and_keeps_its_rows_in_the_second_database() -> None:
    options = dict(word.removeprefix("--").split("=", 1) for word in SERVICES["mlflow"]["command"][1:])

    assert environment("daemon")["AUTOML_TL_REGISTRY_URL"] == f"http://{options['host']}:{options['port']}"
    url = make_url(options["backend-store-uri"])
    assert f"CREATE DATABASE {url.database};" in (DEPLOY / "postgres" / "databases.sql").read_text()
    assert options["artifacts-destination"] in mounts("mlflow")
    assert url.query["host"] in mounts("mlflow")


def test_options_of_mlflows_server_exist() -> None:
    folder = Path(str(distribution("mlflow").locate_file("mlflow")))  # to import it takes seconds
    source = "".join((folder / file).read_text() for file in ("cli/__init__.py", "utils/cli_args.py"))
    options = [word.partition("=")[0] for word in SERVICES["mlflow"]["command"] if word.startswith("--")]

    assert options
    assert all(f'"{option}"' in source for option in options)


def test_the_stop_is_waited_for_as_long_as_it_may_take() -> None:
    assert SERVICES["daemon"]["stop_grace_period"] == "90s"


def test_the_home_is_the_images() -> None:
    for variable in ("AUTOML_TL_HOME", "XDG_CACHE_HOME"):
        place = PurePosixPath(FINAL_ENVIRONMENT[variable])
        assert str(place) in mounts("daemon")


def test_what_prometheus_and_grafana_are_given_lies_where_they_look() -> None:
    config = read_yaml("prometheus/prometheus.yml")
    (target,) = config["scrape_configs"][0]["static_configs"][0]["targets"]
    (provider,) = read_yaml("grafana/provisioning/dashboards/automl-tl.yaml")["providers"]

    assert target == f"{Settings().host}:{Settings().port}"
    assert all(list((DEPLOY / "prometheus").glob(pattern)) for pattern in config["rule_files"])
    assert mounts("grafana")[provider["options"]["path"]] == "./grafana/dashboards"
    (source,) = read_yaml("grafana/provisioning/datasources/prometheus.yaml")["datasources"]
    address = source["url"].removeprefix("http://")
    assert f"--web.listen-address={address}" in SERVICES["prometheus"]["command"]
