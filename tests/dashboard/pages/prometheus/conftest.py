"""A server and a signal that olga set up, and a Prometheus that need not be there."""

import pytest

from ingest.prometheus.servers import connect, draft
from ingest.prometheus.signal_settings import make_signal
from ingest.prometheus.told import SignalSaid


@pytest.fixture
def staff(client, olga):
    client.force_login(olga)
    return client


@pytest.fixture
def server(db):
    """Nothing answers there."""
    return connect(draft("main", "http://127.0.0.1:1", credentials={"token": "s3cret-token"}, timeout=2), by="olga")


@pytest.fixture
def signal(server):
    return make_signal(server, SignalSaid("deployments", "deployments", "deployments_total"), by="olga")
