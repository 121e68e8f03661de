"""Keys by command: made once, listed without their secret, revoked; and the log that tells of it."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from automl_tl.cli.main import cli


def call(home: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["--home", str(home), *words])


def test_key_is_shown_once_and_told_apart_by_its_id(tmp_path: Path) -> None:
    made = json.loads(
        call(tmp_path, "keys", "create", "--tenant", "acme", "--role", "viewer", "--json").output
    )
    call(tmp_path, "keys", "create", "--role", "admin", "--label", "me", "--expires", "90d")

    listed = call(tmp_path, "keys", "list")
    revoked = call(tmp_path, "keys", "revoke", made["id"])
    after = call(tmp_path, "keys", "list", "--tenant", "acme")
    log = call(tmp_path, "audit", "--action", "keys", "--since", "1h", "--json")

    assert made["key"].startswith(f"atl_{made['id']}_")
    assert made["key"] not in listed.output
    assert "acme" in listed.output and "until" in listed.output
    assert "opens nothing any more" in revoked.output
    assert "nothing: revoked" in after.output
    deeds = json.loads(log.output)["deeds"]
    assert [deed["action"] for deed in deeds] == ["keys revoke", "keys create", "keys create"]
    assert deeds[0]["target"].startswith(made["id"])


def test_what_is_no_tenant_and_no_key_is_said(tmp_path: Path) -> None:
    tenant = call(tmp_path, "keys", "create", "--tenant", "Acme.x", "--role", "viewer")
    key = call(tmp_path, "keys", "revoke", "nobody")

    assert "tenant 'Acme.x': expected 1 to 63 of a-z" in str(tenant.exception)
    assert "there is no key nobody" in str(key.exception)
