"""A server with a small organisation, and clients of it."""

from collections.abc import Iterator

import pytest
import requests
from github import Auth, Github

from tests.github_server.organisation import Organisation, make
from tests.github_server.server import Server


@pytest.fixture
def organisation() -> Organisation:
    return make(6)


@pytest.fixture
def server(organisation: Organisation) -> Iterator[Server]:
    with Server(organisation) as running:
        yield running


@pytest.fixture
def session(server: Server) -> Iterator[requests.Session]:
    """Asks with a token and repeats nothing."""
    with requests.Session() as asking:
        asking.headers["Authorization"] = "Bearer a-token"
        yield asking


@pytest.fixture
def library(server: Server) -> Iterator[Github]:
    """PyGithub, which repeats nothing."""
    found = Github(base_url=server.url, auth=Auth.Token("a-token"), retry=None, seconds_between_requests=0)
    yield found
    found.close()
