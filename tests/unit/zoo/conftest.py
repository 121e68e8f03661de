"""A hub on loopback that the real client in this process is sent to."""

from collections.abc import Iterator

import pytest
from hub_server import HubServer, hub_server
from huggingface_hub import constants, hf_api


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    with hub_server() as server:
        # What HF_ENDPOINT and HF_HUB_OFFLINE set where they stand before the client is imported.
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "ENDPOINT", server.endpoint)
        template = f"{server.endpoint}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(hf_api.api, "endpoint", server.endpoint)
        yield server
