"""Whatever our OpenAPI lets be asked: no server error, and nothing of ours for another tenant."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.generation import GenerationMode
from starlette.testclient import TestClient
from two_tenants import LINE, OURS, THEIRS, Place, two_tenants

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "4"))  # of each operation and mode
_STREAM = "/api/v1/jobs/{id}/events"
_BOUNDED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with two_tenants(tmp_path) as place:
        yield place


@pytest.mark.slow
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_no_request_breaks_the_daemon_or_tells_another_tenant(place: Place, mode: GenerationMode) -> None:
    ours, theirs = place.client(OURS), place.client(THEIRS)
    schema = schemathesis.openapi.from_dict(place.app.openapi())
    asked: dict[str, int] = {}
    expected: set[str] = set()

    for found in schema.get_all_operations():
        operation = found.ok()
        if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query):
            continue  # nothing of it can be wrong
        expected.add(operation.label)

        @_BOUNDED
        @given(case=operation.as_strategy(generation_mode=mode))
        def run(case: schemathesis.Case) -> None:
            label = case.operation.label
            for path in _paths(case, place):
                for client in (theirs, ours):
                    if client is ours and case.operation.path == _STREAM:
                        continue  # it would be followed for ever
                    answer = _send(client, case, path)
                    asked[label] = asked.get(label, 0) + 1
                    assert answer.status_code < 500, (label, path, answer.text)
                    if client is theirs:
                        _check_untold(answer.text, place, path)

        run()

    print(f"{mode.value}: {sum(asked.values())} requests of {len(asked)} operations")
    assert len(asked) > (30 if mode is GenerationMode.POSITIVE else 10)
    assert set(asked) == expected


def _paths(case: schemathesis.Case, place: Place) -> list[str]:
    """As it was drawn, and with what there is of ours in its place."""
    known = {"id": place.webhook if "/webhooks/" in case.operation.path else place.job, "name": LINE}
    drawn = case.formatted_path
    real = case.operation.path.format(**{key: known[key] for key in case.path_parameters or {}})
    return list(dict.fromkeys((drawn, real)))


def _send(client: TestClient, case: schemathesis.Case, path: str) -> object:
    kwargs = case.as_transport_kwargs(headers={"Authorization": client.headers["Authorization"]})
    said = {key: kwargs[key] for key in ("json", "data", "files", "params", "headers") if kwargs.get(key)}
    # Laid out by the library that the requests were drawn for.
    whole = requests.Request(case.method, f"{client.base_url}{path}", **said).prepare()
    body = whole.body.encode() if isinstance(whole.body, str) else whole.body
    path_url = whole.path_url
    return client.request(case.method, path_url, headers=whole.headers, content=body, follow_redirects=False)


def _check_untold(text: str, place: Place, path: str) -> None:
    for secret in (LINE, place.job, place.webhook, str(place.settings.home.parent / OURS)):
        assert secret in path or secret not in text, text
