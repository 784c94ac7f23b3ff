"""The texts on how each kind of sender is set up."""

import re

import pytest

from dashboard.how_to import GROUPS, filled, how_to, plain
from ingest.inbox.manage import SourceRefused, checked_options
from ingest.inbox.sign import SCHEMES
from ingest.parsers.senders import SENDERS

URL = "https://plumbline.example/ingest/x/abc/"
OWN_SECRET = {"pagerduty"}  # its sender makes the secret


@pytest.mark.parametrize("kind", sorted(SCHEMES))
def test_it_says_where_the_address_and_the_secret_go(kind):
    text = plain(filled(how_to(kind), URL, "s3/cret"))
    assert "https://plumbline.example/ingest/x/abc/" in text or "@plumbline.example/ingest/x/abc/" in text
    assert ("s3/cret" in text or "plumbline:s3%2Fcret@" in text) is (kind not in OWN_SECRET)
    assert "<<" not in text


@pytest.mark.parametrize("kind", sorted(SCHEMES))
def test_it_tells_what_comes_in_one_sentence_and_its_group(kind):
    told = how_to(kind)
    assert told.group in GROUPS
    assert told.says.endswith(".") and len(told.says) < 140
    assert told.blocks


@pytest.mark.parametrize("kind", sorted(SENDERS))
def test_it_asks_only_for_options_that_the_parser_knows(kind):
    for name, choices in how_to(kind).options.items():
        for value in choices or ("x",):
            try:
                checked_options(kind, {name: value})
            except SourceRefused as refused:
                assert "not known" not in str(refused) and "must be one of" not in str(refused)


def test_it_leaves_other_braces_alone():
    text = plain(filled(how_to("argocd"), URL, "s"))
    assert "{{ toJson .app.metadata.name }}" in text
    assert re.search(r"^    service\.webhook\.plumbline: \|$", text, re.MULTILINE)


def test_it_hides_the_secret_behind_a_word():
    assert "plumbline:SECRET@plumbline.example" in plain(filled(how_to("tekton"), URL))
