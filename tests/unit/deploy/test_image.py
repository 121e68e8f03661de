"""What the image promises, as far as its Dockerfile says it: nothing here builds it."""

import shutil
import subprocess
import tomllib

import pytest
from deployment import DEPLOY, REPOSITORY, Instruction, services, stages
from shown import parse

from automl_tl.settings import Settings

BUILD, FINAL = stages()


def only(stage: list[Instruction], word: str) -> Instruction:
    (found,) = (one for one in stage if one.word == word)
    return found


def test_it_runs_as_a_user_of_its_own_that_is_told_by_number() -> None:
    user, group = only(FINAL, "USER").rest.split(":")

    assert int(user) > 0
    assert int(group) > 0
    after = [one.word for one in FINAL[FINAL.index(only(FINAL, "USER")) :]]
    assert not {"RUN", "COPY", "ADD"} & set(after)


def test_it_starts_the_daemon() -> None:
    program, *first = only(FINAL, "ENTRYPOINT").words
    scripts = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["scripts"]

    assert program in scripts
    parse([*first, *only(FINAL, "CMD").words])


def test_its_health_is_asked_where_the_daemon_listens() -> None:
    settings = Settings()

    assert f"http://{settings.host}:{settings.port}/readyz" in only(FINAL, "HEALTHCHECK").rest


def test_cpu_and_cuda_are_chosen_by_a_build_argument() -> None:
    assert "COMPUTE=cpu" in [one.rest for one in BUILD if one.word == "ARG"]
    install = next(one.rest for one in BUILD if "UV_TORCH_BACKEND=cpu" in one.rest)
    assert "cuda)" in install
    assert "exit 1" in install


def test_what_it_copies_is_there_and_not_ignored() -> None:
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    copied = [w for one in BUILD if one.word == "COPY" for w in one.words[:-1] if not w.startswith("--")]

    assert copied
    assert ignored[0] == "*"
    for path in copied:
        assert (REPOSITORY / path).exists()
        assert f"!{path}" in ignored


def test_what_is_installed_is_what_the_lock_pins() -> None:
    extras = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    installs = [one.rest for one in BUILD if "pip install" in one.rest and "--no-deps" not in one.rest]

    assert installs
    assert all("--constraint requirements.lock" in line for line in installs)
    wanted = " ".join(installs).split("--extra ")[1:]
    assert all(extra.split()[0] in extras for extra in wanted)


def test_pg_dump_of_the_image_is_not_older_than_the_server() -> None:
    assert "postgresql-client" in " ".join(one.rest for one in FINAL)
    release = FINAL[0].rest.rpartition("-")[2]
    client = {"bookworm": 15, "trixie": 17}[release]

    server = int(services()["postgres"]["image"].partition(":")[2].partition("-")[0])

    assert server <= client


def test_hadolint_finds_nothing() -> None:
    if shutil.which("hadolint") is None:
        pytest.skip("hadolint is not installed")

    done = subprocess.run(
        ["hadolint", str(DEPLOY / "Dockerfile")], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout
