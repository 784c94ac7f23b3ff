"""A source that olga set up, and how its sender would send to it."""

import pytest
from django.test import Client

from ingest.inbox.manage import create_source
from ingest.inbox.process import process_pending
from ingest.inbox.samples import samples_of
from ingest.inbox.sign import signed


@pytest.fixture
def staff(client, olga):
    client.force_login(olga)
    return client


@pytest.fixture
def made(db):
    """A GitHub source and its secret."""
    return create_source("github", "Acme", {}, by="olga")


@pytest.fixture
def send():
    """Send a sample to the real door, and work it off; the answer's status."""

    def deliver(source, secret, place=0) -> int:
        samples = samples_of(source.kind)
        sample = samples.silent if place is None else samples.tells[place]
        path = f"/ingest/{source.kind}/{source.public_id}/"
        headers = dict(sample.headers) | signed(source.kind, sample.body, secret)
        answer = Client().post(path, sample.body, content_type="application/json", headers=headers)
        process_pending()
        return answer.status_code

    return deliver
