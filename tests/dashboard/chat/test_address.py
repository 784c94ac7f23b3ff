"""Addresses of webhooks: what is taken, and what of them is shown."""

import pytest

from dashboard.chat.address import BadAddress, checked, hidden, host_of, is_listed

GOOD = "https://hooks.slack.com/services/T0001/B0001/correct-horse-battery"


@pytest.mark.parametrize(
    "address", [GOOD, f" {GOOD}\n", "https://prod-1.westeurope.logic.azure.com:443/workflows/a?sig=b%20c"]
)
def test_it_takes_addresses_of_webhooks(address):
    assert checked(address, []) == address.strip()


@pytest.mark.parametrize(
    "address",
    ["", "x", "hooks.slack.com/services/x", "ftp://hooks.slack.com/x", "https://", "https:///x", "file:///etc/passwd",
     "https://user:pass@hooks.slack.com/x", "https://a b.com/x", "https://hooks.slack.com:0/x", "https://h:99999/x",
     "https://hooks.sl\u00e4ck.com/x", "https://[::1/x", "https://h/x\r\nHost: y", f"https://h/{'x' * 2_000}",
     "javascript:alert(1)", "http://hooks.slack.com/x"],
)  # fmt: skip
def test_it_takes_nothing_else(address):
    with pytest.raises(BadAddress):
        checked(address, ["chat.acme.internal"])


def test_it_takes_plain_http_of_who_is_on_the_list():
    assert checked("http://chat.acme.internal:8065/hooks/x", ["chat.acme.internal:8065"])
    assert checked("http://Chat.acme.internal/hooks/x", ["chat.acme.internal"])
    with pytest.raises(BadAddress, match="CHAT_HOSTS"):
        checked("http://chat.acme.internal:8065/hooks/x", ["chat.acme.internal:80"])


@pytest.mark.parametrize("listed", ["", "acme.internal", "chat.acme.internal.evil.example"])
def test_a_host_that_is_alike_is_not_on_the_list(listed):
    assert not is_listed("https://chat.acme.internal/x", [listed])


def test_only_the_host_is_shown():
    assert host_of(GOOD) == "hooks.slack.com"
    told = hidden(f"no {GOOD}, /services/T0001/B0001/correct-horse-battery nor correct-horse-battery", GOOD)
    assert told == "no \u2026, \u2026 nor \u2026"
