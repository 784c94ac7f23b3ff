"""Deliveries to try a source with: each kind's samples are signed, taken in and read, and nothing is kept."""

from datetime import timedelta

import pytest
from django.test import Client

from ingest.inbox.authenticate import AUTHENTICATE
from ingest.inbox.process import process_pending
from ingest.inbox.samples import samples_of
from ingest.inbox.secrets import seal
from ingest.inbox.sign import SCHEMES, signed
from ingest.inbox.trial import attempt
from ingest.models import Delivery, Deployment, Incident, Source
from ingest.parsers.senders import SENDERS
from tests.factories import NOON, make_source

SECRET = "a secret of this test"
LATER = NOON + timedelta(days=30)
KINDS = sorted(SENDERS)


def test_it_signs_for_every_kind_that_the_door_knows():
    assert SCHEMES.keys() == AUTHENTICATE.keys()


@pytest.mark.parametrize("kind", sorted(SCHEMES))
def test_it_signs_as_the_door_asks_for(kind):
    headers = {name.lower(): value for name, value in signed(kind, b"{}", SECRET).items()}
    assert AUTHENTICATE[kind](b"{}", headers, ["another", SECRET], NOON) == 1
    assert AUTHENTICATE[kind](b"{}", headers, ["another"], NOON) is None


@pytest.mark.parametrize("kind", sorted(SCHEMES))
def test_it_has_samples_without_signatures(kind):
    samples = samples_of(kind)
    assert samples.tells
    for sample in (*samples.tells, samples.silent):
        assert SCHEMES[kind].header.lower() not in sample.headers
        assert len(sample.body) < 10_000


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KINDS)
def test_it_reads_what_each_kind_tells_and_keeps_nothing(kind):
    source = make_source(kind, secrets=seal([SECRET]))
    trials = [attempt(source, sample, LATER) for sample in samples_of(kind).tells]
    assert [trial.error for trial in trials] == [""] * len(trials)
    assert all(trial.signature == SCHEMES[kind].header for trial in trials)
    assert any(trial.outcome.observations for trial in trials)
    assert not Delivery.objects.exists()
    source.refresh_from_db()
    assert (source.secret_uses, source.refused_count) == ({}, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KINDS)
def test_it_has_a_delivery_that_the_real_door_keeps_and_that_makes_no_fact(kind):
    source, sample = make_source(kind, secrets=seal([SECRET])), samples_of(kind).silent
    headers = dict(sample.headers) | signed(kind, sample.body, SECRET)
    answer = Client().post(
        f"/ingest/{kind}/{source.public_id}/", sample.body, content_type="application/json", headers=headers
    )
    assert answer.status_code == 202
    process_pending()
    delivery = Delivery.objects.get()
    assert (delivery.status, bool(delivery.note)) == ("ignored", True)
    assert not Deployment.objects.exists() and not Incident.objects.exists()


@pytest.mark.django_db
def test_it_reads_by_the_sources_own_options():
    source = make_source("github", secrets=seal([SECRET]), options={"deploys_by": "releases"})
    told = {one.sample.title: one.outcome for one in (attempt(source, s, LATER) for s in samples_of("github").tells)}
    assert told["A deployment that succeeded"].ignored
    assert told["A release that was published"].observations


@pytest.mark.django_db
def test_it_says_what_is_wrong_with_a_source_that_nothing_can_reach(settings):
    sample = samples_of("github").tells[0]
    assert "no secret" in attempt(make_source("github"), sample, LATER).error
    source = Source(kind="github", secrets=seal([SECRET]))
    settings.SECRET_KEY = "another"
    assert "SECRET_KEY has changed" in attempt(source, sample, LATER).error


@pytest.mark.django_db
def test_it_tells_of_options_that_no_longer_make_sense():
    source = make_source("github", secrets=seal([SECRET]), options={"deploys_by": "x"})
    trial = attempt(source, samples_of("github").tells[0], LATER)
    assert (trial.outcome, "deploys_by" in trial.error) == (None, True)
