"""Secrets at rest."""

import pytest

from ingest.errors import AccessDenied
from ingest.inbox.secrets import seal, unseal


def test_it_gives_back_what_it_sealed_in_its_order():
    assert unseal(seal(["new", "öld"])) == ["new", "öld"]
    assert unseal([]) == []


def test_it_does_not_show_the_secret_nor_seal_twice_alike():
    first, second = seal(["s3cret", "s3cret"])
    assert "s3cret" not in first
    assert first != second


def test_it_says_what_to_do_when_the_key_has_changed(settings):
    sealed = seal(["s"])
    settings.SECRET_KEY = "another key"
    with pytest.raises(AccessDenied, match="SECRET_KEY has changed"):
        unseal(sealed)
