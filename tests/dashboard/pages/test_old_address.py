"""An address that was given out goes on working after a rename or a merge."""

import pytest

from ingest.catalogue.manage import merge_services, rename_service, rename_team
from tests.factories import NOON, make_service, make_team

pytestmark = pytest.mark.django_db


def test_it_shows_a_renamed_service_under_its_old_address(client, alice, pay):
    make_service("ledger", pay)
    rename_service("ledger", "books", at=NOON, name="Books")
    client.force_login(alice)
    assert b"Books" in client.get("/services/ledger/").content


def test_it_shows_what_a_service_was_merged_into(client, alice, pay):
    make_service("ledger", pay)
    kept = make_service("books", pay)
    merge_services("ledger", "books")
    client.force_login(alice)
    assert kept.name.encode() in client.get("/services/ledger/").content


def test_it_shows_a_renamed_team_and_not_one_that_never_was(client, alice):
    make_team("old-team")
    rename_team("old-team", "new-team", at=NOON)
    client.force_login(alice)
    assert client.get("/teams/old-team/").status_code == 200
    assert client.get("/teams/no-team/").status_code == 404
