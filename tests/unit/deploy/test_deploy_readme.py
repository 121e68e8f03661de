"""What the page on deploying shows exists: commands, files, settings."""

import re

import pytest
from deployment import DEPLOY, services
from shown import commands, links, parse

from automl_tl.settings import Settings

PAGE = (DEPLOY / "README.md").read_text()


@pytest.mark.parametrize("words", commands(PAGE, "automl-tl"), ids=" ".join)
def test_a_command_that_it_shows_exists_with_its_options(words: list[str]) -> None:
    parse(words)


@pytest.mark.parametrize("link", links(PAGE))
def test_its_links_lead_somewhere(link: str) -> None:
    assert (DEPLOY / link).exists()


def test_files_that_it_names_exist() -> None:
    named = set(re.findall(r"(?<![\w/])(?:deploy|systemd|ray)/[\w./-]+\.[a-z]+", PAGE)) - {
        "deploy/automl-tl.env"
    }

    assert len(named) > 5
    for name in named:
        assert (DEPLOY / name.removeprefix("deploy/")).exists(), name


def test_settings_that_it_names_exist() -> None:
    named = set(re.findall(r"AUTOML_TL_([A-Z_]+[A-Z])", PAGE))

    assert named <= {name.upper() for name in Settings.model_fields}


def test_what_compose_is_asked_for_is_a_service() -> None:
    asked = set(re.findall(r"exec (\w+)", PAGE))

    assert "daemon" in asked
    assert asked <= set(services())
