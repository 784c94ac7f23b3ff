"""Sources as people set them up."""

import logging

import pytest

from ingest.inbox.manage import (
    SourceRefused,
    add_secret,
    create_source,
    pause,
    rename,
    resume,
    retire_secret,
    set_options,
)
from ingest.inbox.secrets import fingerprint, unseal
from ingest.models import Source
from tests.factories import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def made():
    return create_source("github", "Org", {}, by="olga")


def secrets_of(source):
    return unseal(Source.objects.get(pk=source.pk).secrets)


def test_it_makes_a_source_with_a_secret_of_its_own(made):
    source, secret = made
    assert secrets_of(source) == [secret]
    assert len(secret) >= 43
    assert secret not in str(source.secrets)


def test_it_makes_one_source_of_a_form_that_is_sent_twice():
    create_source("github", "Org", {}, by="olga", public_id="abcdefghijkl")
    with pytest.raises(SourceRefused, match="made already"):
        create_source("github", "Org", {}, by="olga", public_id="abcdefghijkl")
    assert Source.objects.count() == 1


@pytest.mark.parametrize(
    ("kind", "name", "options", "field"),
    [
        ("native", "N", {}, "kind"),
        ("github", " ", {}, "name"),
        ("github", "N" * 201, {}, "name"),
        ("github", "N", {"tags": 1}, "tags"),
        ("github", "N", {"branch": "x"}, "branch"),
        ("github", "N", {"deploys_by": "x"}, "deploys_by"),
        ("github", "N", [], "options"),
        ("github", "N", {"environment": "a\0b"}, ""),
    ],
)
def test_it_refuses_what_makes_no_sense_and_names_the_field(kind, name, options, field):
    with pytest.raises(SourceRefused) as refused:
        create_source(kind, name, options, by="olga")
    assert refused.value.field == field
    assert not Source.objects.exists()


def test_it_refuses_a_place_that_is_none():
    with pytest.raises(SourceRefused, match="can't be read"):
        create_source("github", "Org", {}, by="olga", public_id="../x")


def test_it_keeps_the_old_secret_beside_a_new_one_until_that_is_retired(made):
    source, old = made
    new = add_secret(source, newest=fingerprint(old), by="olga")
    assert secrets_of(source) == [new, old]
    retire_secret(source, fingerprint(old), by="olga")
    assert secrets_of(source) == [new]


def test_it_makes_one_secret_of_a_form_that_is_sent_twice(made):
    source, old = made
    add_secret(source, newest=fingerprint(old), by="olga")
    with pytest.raises(SourceRefused, match="in the meantime"):
        add_secret(source, newest=fingerprint(old), by="olga")
    assert len(secrets_of(source)) == 2


def test_it_holds_three_secrets_at_most(made):
    source, newest = made
    for _ in range(2):
        newest = add_secret(source, newest=fingerprint(newest), by="olga")
    with pytest.raises(SourceRefused, match="Retire one"):
        add_secret(source, newest=fingerprint(newest), by="olga")


def test_it_never_retires_the_last_secret(made):
    source, secret = made
    with pytest.raises(SourceRefused, match="last secret"):
        retire_secret(source, fingerprint(secret), by="olga")
    with pytest.raises(SourceRefused, match="retired already"):
        retire_secret(source, "nothing", by="olga")


def test_it_pauses_and_resumes(made):
    source, _ = made
    pause(source, NOON, by="olga")
    assert Source.objects.get().paused_at == NOON
    resume(source, by="olga")
    assert Source.objects.get().paused_at is None


def test_it_logs_each_change_with_who_made_it_and_no_secret(caplog):
    with caplog.at_level(logging.INFO, "ingest.inbox.manage"):
        source, secret = create_source("github", "Org", {}, by="olga")
        newer = add_secret(source, newest=fingerprint(secret), by="olga")
        retire_secret(source, fingerprint(secret), by="olga")
        set_options(source, {"tags": "v*"}, by="olga")
        rename(source, "Acme", by="olga")
        pause(source, NOON, by="olga")
        resume(source, by="olga")
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 7
    assert all("by olga" in line and f"Source {source.pk} (github" in line for line in lines)
    assert secret not in caplog.text and newer not in caplog.text


def test_prometheus_is_asked_and_sends_nothing_so_no_webhook_is_made_for_it():
    with pytest.raises(SourceRefused, match=r"we ask it.*Data, Prometheus"):
        create_source("prometheus", "main", {}, by="olga")
    assert not Source.objects.exists()
