"""The Git hosts' pages name every option, with its default, and every event that is read."""

import json

import pytest

from ingest.parsers import bitbucket, bitbucket_server, gitea
from ingest.parsers.senders import SENDERS
from tests.ingest.parsers.test_delivery_tool_docs import default_of, known, page, rows
from tests.ingest.parsers.test_git_hosts import HOSTS


@pytest.mark.parametrize("kind", HOSTS)
def test_a_page_lists_every_option_and_no_other(kind):
    assert rows(kind).keys() == known(kind)


@pytest.mark.parametrize("kind", HOSTS)
def test_a_page_tells_the_defaults_that_hold(kind):
    options = SENDERS[kind].options({})
    told = {name: None if text == "none" else json.loads(text.strip("`")) for name, text in rows(kind).items()}
    assert told == {name: default_of(options, name) for name in told}


@pytest.mark.parametrize("kind", HOSTS)
def test_a_page_tells_how_to_add_the_source_and_how_things_are_identified(kind):
    assert f"    python manage.py add_source {kind}\n" in page(kind)
    assert f"**Ids**: `{kind}/" in page(kind)


@pytest.mark.parametrize(
    ("kind", "events"),
    [("bitbucket", bitbucket.READERS), ("bitbucket-server", bitbucket_server.READERS), ("gitea", gitea.READERS)],
)
def test_a_page_names_every_event_that_is_read(kind, events):
    """An event that shares its beginning with another is told by its ending: ``…_updated``."""
    told = page(kind)
    endings = {event: [event[place:] for place, letter in enumerate(event) if letter in "_:"] for event in events}
    older = {event for event in events if event.startswith("pull_request_review_")}  # Gitea's first names of reviews
    lacking = {
        event
        for event, ends in endings.items()
        if f"`{event}`" not in told and not any(f"`…{end}`" in told for end in ends)
    }
    assert lacking <= older
