"""Rules and dashboards ask for figures that there are, and for all of them."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from automl_tl.cli.main import cli
from automl_tl.metrics.catalogue import FIGURES
from automl_tl.metrics.figure import Kind
from automl_tl.settings import Settings

REPOSITORY = Path(__file__).resolve().parents[3]
PROMETHEUS, GRAFANA = REPOSITORY / "deploy" / "prometheus", REPOSITORY / "deploy" / "grafana"
PAGE = (REPOSITORY / "docs" / "metrics.md").read_text()
NAMES = {figure.full_name for figure in FIGURES}
SERIES = {
    f"{figure.full_name}{ending}"
    for figure in FIGURES
    for ending in (("_bucket", "_count", "_sum") if figure.kind is Kind.HISTOGRAM else ("",))
}


def rules() -> Iterator[dict[str, Any]]:
    for path in sorted((PROMETHEUS / "rules").glob("*.yml")):
        for group in yaml.safe_load(path.read_text())["groups"]:
            yield from group["rules"]


def dashboards() -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted((GRAFANA / "dashboards").glob("*.json"))]


def queries() -> Iterator[str]:
    for dashboard in dashboards():
        yield from (target["expr"] for panel in dashboard["panels"] for target in panel["targets"])
        yield from (variable["query"]["query"] for variable in dashboard["templating"]["list"])


def asked(expression: str) -> set[str]:
    return set(re.findall(r"\bautoml_tl[_:][\w:]+", re.sub(r'"[^"]*"', "", expression)))


RECORDED = {rule["record"] for rule in rules() if "record" in rule}
ASKED = set().union(*(asked(rule["expr"]) for rule in rules()), *map(asked, queries()))


def test_no_rule_and_no_panel_asks_for_what_is_not_there() -> None:
    assert set() == ASKED - SERIES - RECORDED


def test_every_figure_and_every_recording_is_asked_for() -> None:
    plain = {re.sub(r"_(bucket|count|sum)$", "", name) if name not in NAMES else name for name in ASKED}

    assert NAMES - plain == set()
    assert set() == RECORDED - ASKED


def test_operators_page_lists_every_figure_as_the_code_has_it() -> None:
    rows = {cells[0].strip("`"): cells[1:] for cells in table_rows("figure")}

    assert rows == {
        figure.full_name: [str(figure.kind), ", ".join(figure.labels), str(figure.source), figure.text]
        for figure in FIGURES
    }


def test_every_alert_leads_to_a_section_that_says_what_to_do() -> None:
    alerts = [rule for rule in rules() if "alert" in rule]
    sections = re.findall(r"^### (AutomlTl\w+)$", PAGE, flags=re.MULTILINE)

    assert sections == [alert["alert"] for alert in alerts]
    for alert in alerts:
        assert alert["annotations"]["runbook"] == f"docs/metrics.md#{alert['alert'].lower()}"


def test_every_command_and_setting_that_an_alert_advises_is_one() -> None:
    settings = {name.lower() for name in re.findall(r"AUTOML_TL_(\w+)", PAGE)}
    advised = re.findall(r"`automl-tl\s+([^`]+)`", PAGE)

    assert settings and settings <= set(Settings.model_fields)
    assert len(advised) > 10
    for words in (found.split() for found in advised):
        command: click.Command | None = cli
        while isinstance(command, click.Group) and words:
            command = command.get_command(click.Context(command), words.pop(0))
        assert command is not None, advised


def test_every_alert_has_a_test_in_which_it_fires_and_one_in_which_it_does_not() -> None:
    fires: dict[str, set[bool]] = {rule["alert"]: set() for rule in rules() if "alert" in rule}
    for path in (PROMETHEUS / "tests").glob("*.yml"):
        for test in yaml.safe_load(path.read_text())["tests"]:
            for moment in test["alert_rule_test"]:
                fires[moment["alertname"]].add("exp_alerts" in moment)

    assert {name for name, seen in fires.items() if seen != {True, False}} == set()


@pytest.mark.prometheus
@pytest.mark.parametrize("tests", sorted((PROMETHEUS / "tests").glob("*.yml")), ids=lambda path: path.stem)
def test_alerts_fire_and_clear(tests: Path) -> None:
    done = subprocess.run(
        ["promtool", "test", "rules", str(tests)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.prometheus
def test_configuration_is_sound() -> None:
    config = PROMETHEUS / "prometheus.yml"

    done = subprocess.run(["promtool", "check", "config", str(config)], capture_output=True, check=False)

    assert done.returncode == 0, done.stdout.decode()


def test_dashboards_are_what_their_code_draws(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(GRAFANA / "dashboards.py"), str(tmp_path)], check=True)

    shipped = {path.name: path.read_text() for path in (GRAFANA / "dashboards").iterdir()}
    assert shipped == {path.name: path.read_text() for path in tmp_path.iterdir()}


def test_dashboards_find_the_source_that_is_provisioned() -> None:
    (source,) = yaml.safe_load((GRAFANA / "provisioning" / "datasources" / "prometheus.yaml").read_text())[
        "datasources"
    ]
    (provider,) = yaml.safe_load((GRAFANA / "provisioning" / "dashboards" / "automl-tl.yaml").read_text())[
        "providers"
    ]

    used = [
        place["datasource"]
        for dashboard in dashboards()
        for panel in dashboard["panels"]
        for place in (panel, *panel["targets"])
    ]
    assert {(place["type"], place["uid"]) for place in used} == {(source["type"], source["uid"])}
    assert provider["options"]["path"] == "/etc/grafana/dashboards"


def table_rows(first: str) -> list[list[str]]:
    """The cells of the page's tables whose first column is headed so."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if "|" in line
    ]
    starts = [number for number, row in enumerate(rows) if row[0] == first]
    found = []
    for start in starts:
        for row in rows[start + 2 :]:
            if not row[0].startswith("`"):
                break
            found.append(row)
    return found
