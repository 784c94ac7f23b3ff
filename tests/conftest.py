"""What every test has: actors in their roles, no network, and the real services where they run."""

import os
import socket
from collections.abc import Callable
from typing import Any

import hypothesis
import pytest
from django.contrib.auth.models import User

from ingest.models import Team
from tests import factories

# The same examples each time, so that a run tells of the change and not of luck; HYPOTHESIS_PROFILE=wide looks further.
# How long making an example takes tells of the machine: no test fails for it.
untimed = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("steady", derandomize=True, **untimed)
hypothesis.settings.register_profile("wide", max_examples=1_000, **untimed)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

LOOPBACK = ("127.0.0.1", "::1", "localhost")
SERVICE_PORTS = {"postgresql": 5432, "redis": 6379, "rabbitmq": 5672}


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test may talk to this machine alone."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in LOOPBACK:
            pytest.fail(f"a test tried to reach {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def no_collected_files(settings: Any) -> None:
    """Static files come from their folders when they are asked for: nobody has to run collectstatic before the tests,
    and no test client looks through all of them."""
    settings.STATIC_ROOT = None
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """What is slow on purpose is slow for nothing here."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def require_service() -> Callable[[str], int]:
    """``require_service("redis")``: its port on this machine. Skips without it, or fails under REQUIRE_SERVICES=1."""

    def require(name: str) -> int:
        port = SERVICE_PORTS[name]
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            message = f"{name} does not answer on port {port}"
            if os.environ.get("REQUIRE_SERVICES") == "1":
                pytest.fail(message)
            pytest.skip(message)
        return port

    return require


@pytest.fixture
def pay(db: None) -> Team:
    """The team that alice leads and bob is in."""
    return factories.make_team("pay", name="Payments")


@pytest.fixture
def alice(pay: Team) -> User:
    """Leads team pay."""
    user = factories.make_user("alice")
    factories.join_team(user, pay, "lead")
    return user


@pytest.fixture
def bob(pay: Team) -> User:
    """Is a member of team pay."""
    user = factories.make_user("bob")
    factories.join_team(user, pay)
    return user


@pytest.fixture
def charlie(db: None) -> User:
    """Leads another team."""
    user = factories.make_user("charlie")
    factories.join_team(user, factories.make_team("search", name="Search"), "lead")
    return user


@pytest.fixture
def olga(db: None) -> User:
    """Operates the site: staff, in no team."""
    return factories.make_user("olga", is_staff=True)
