"""Addresses of repositories -> names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.parsers.observation import RepositoryRef
from ingest.parsers.repositories import repository_named, repository_of_url

NAMES = {
    "https://git.example/acme/pay": "acme/pay",
    "https://user:secret@github.com/acme/pay.git": "acme/pay",
    "https://github.com/acme/pay/tree/main": "acme/pay",
    "https://api.github.com/repos/acme/pay": "acme/pay",
    "git@github.com:acme/pay.git": "acme/pay",
    "ssh://git@git.example:7999/acme/pay.git": "acme/pay",
    "https://gitlab.example/group/sub/pay/-/tree/main": "group/sub/pay",
    "https://bitbucket.example/scm/PROJ/pay.git": "PROJ/pay",
    "https://bitbucket.example/projects/PROJ/repos/pay/browse": "PROJ/pay",
    "https://acme@dev.azure.com/acme/shop/_git/pay": "acme/shop/pay",
    "https://dev.azure.com/acme/_git/pay": "acme/pay/pay",
    "https://acme.visualstudio.com/DefaultCollection/shop/_git/pay": "acme/shop/pay",
    "git@ssh.dev.azure.com:v3/acme/shop/pay": "acme/shop/pay",
}
NONE = (
    "", "pay", "/srv/pay.git", "javascript:alert(1)", "oci://ghcr.example/acme/pay", "https://", "https://[::1",
    "https://git.example/../etc", "https://git.example/a%2Fb/c", "https://git.example/a b", "https://git.example/a\0b",
    "https://git.example/" + "a/" * 600, "https://dev.azure.com/acme/shop", "https://github.com/acme",
)  # fmt: skip


@pytest.mark.parametrize(("url", "name"), NAMES.items())
def test_it_reads_the_name_that_people_write(url, name):
    assert repository_of_url(url) == RepositoryRef(name)


@pytest.mark.parametrize("url", NONE)
def test_it_finds_none_in_what_is_no_address_of_a_repository(url):
    assert repository_of_url(url) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [("acme/pay", "acme/pay"), ("git.example/acme/pay", "acme/pay"), ("https://git.example/acme/pay", "acme/pay")],
)
def test_it_takes_names_for_what_they_are(text, name):
    assert repository_named(text) == RepositoryRef(name)


@given(st.one_of(st.text(), st.text().map("https://h/".__add__), st.text().map("git@h:".__add__)))
def test_it_survives_every_text(text):
    for found in (repository_of_url(text), repository_named(text)):
        assert found is None or 0 < len(found.name) <= 300
