"""Where webhooks may be sent."""

import pytest

from automl_tl.domain.destination import Allowed, destination_of
from automl_tl.errors import NotAllowed, RequestError

HOOKS = Allowed(urls=("https://hooks.example.com/automl", "http://10.1.2.3:9000"))


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com/automl",
        "https://hooks.example.com/automl/one?x=1",
        "https://HOOKS.example.com:443/automl",
        "http://10.1.2.3:9000/any",
    ],
)
def test_what_begins_as_the_operator_allows_may_be_told(url: str) -> None:
    assert HOOKS.destination(url).host in ("hooks.example.com", "10.1.2.3")


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/automl",
        "https://hooks.example.com/automl-2",
        "https://hooks.example.com/",
        "https://hooks.example.com:8443/automl",
        "https://hooks.example.com.evil.example/automl",
        "https://evil.example/https://hooks.example.com/automl",
        "http://10.1.2.3:9001/",
    ],
)
def test_anything_else_is_refused(url: str) -> None:
    with pytest.raises(NotAllowed, match="the operator allows https://hooks"):
        HOOKS.destination(url)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://hooks.example.com/automl",
        "https:///automl",
        "hooks.example.com",
        "https://hooks.example.com@evil.example/automl",
        "https://hooks.example.com/automl/../admin",
        "https://hooks.example.com/automl/%2E%2e/admin",
        "https://hooks.example.com\\@evil.example/automl",
        "https://hooks.example.com/automl\r\nHost: x",
        "https://hooks.example.com:99999/automl",
        "https://hööks.example.com/automl",
    ],
)
def test_what_can_be_read_two_ways_is_no_address(url: str) -> None:
    with pytest.raises(RequestError, match="is not an address such as"):
        destination_of(url)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1", "::1", "fe80::1%eth0"),
        *("::ffff:127.0.0.1", "0.0.0.0", "224.0.0.1", "100.64.0.1", "fd00::1"),
    ],
)
def test_public_name_that_leads_inside_is_refused(address: str) -> None:
    to = HOOKS.destination("https://hooks.example.com/automl")

    with pytest.raises(NotAllowed, match="which is not a public address"):
        HOOKS.check_addresses(to, ["93.184.216.34", address])


def test_inside_is_told_where_the_operator_names_it() -> None:
    in_figures = HOOKS.destination("http://10.1.2.3:9000/x")
    named = Allowed(urls=HOOKS.urls, networks=("10.0.0.0/8",))
    to = named.destination("https://hooks.example.com/automl")

    assert HOOKS.check_addresses(in_figures, ["10.1.2.3"]) == ("10.1.2.3",)
    assert named.check_addresses(to, ["10.9.9.9"]) == ("10.9.9.9",)
    with pytest.raises(NotAllowed):
        named.check_addresses(to, ["10.9.9.9", "127.0.0.1"])
