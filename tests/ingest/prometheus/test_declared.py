"""What the environment and the file tell becomes rows; what leaves them is kept, and read no more."""

from pathlib import Path

import pytest

from ingest.models import PrometheusServer, Signal, Source
from ingest.prometheus.declared import declare, problems
from ingest.prometheus.servers import connect, credentials_of, draft
from ingest.prometheus.signal_settings import make_signal
from ingest.prometheus.told import SignalSaid
from tests.factories import NOON

pytestmark = pytest.mark.django_db
MAIN = "servers:\n  - {name: main, url: https://prometheus.example.com}\n"
SIGNAL = "signals:\n  - {name: deployments, kind: deployments, query: deployments_total}\n"


@pytest.fixture
def told(tmp_path, settings):
    """``told(text)``: the file of PROMETHEUS_CONFIG says that from now on."""
    path = tmp_path / "prometheus.yaml"
    settings.PROMETHEUS_CONFIG = str(path)

    def write(text: str) -> list[str]:
        path.write_text(text)
        return declare()

    return write


def server(name: str = "main") -> PrometheusServer:
    return PrometheusServer.objects.select_related("source").get(source__name=name)


def test_it_makes_nothing_where_nothing_is_told():
    assert declare() == []
    assert not Source.objects.exists()


def test_it_makes_the_server_of_the_environment(settings, tmp_path):
    settings.PROMETHEUS_URL, settings.PROMETHEUS_TOKEN = "https://prometheus.example.com", "s3cret"
    assert declare() == []
    made = server("Prometheus")
    assert (made.url, made.origin, credentials_of(made)) == (
        settings.PROMETHEUS_URL,
        "environment",
        {"token": "s3cret"},
    )
    settings.PROMETHEUS_TOKEN = "other"
    declare()
    assert credentials_of(server("Prometheus")) == {"token": "other"}
    assert PrometheusServer.objects.count() == 1


def test_it_pauses_the_server_of_an_environment_that_says_nothing_more(settings):
    settings.PROMETHEUS_URL = "https://prometheus.example.com"
    declare()
    settings.PROMETHEUS_URL = ""
    declare()
    assert server("Prometheus").source.paused_at is not None
    settings.PROMETHEUS_URL = "https://prometheus.example.com"
    declare()
    assert server("Prometheus").source.paused_at is None


def test_it_sends_the_environments_token_nowhere_else_when_the_address_moves(settings):
    settings.PROMETHEUS_URL, settings.PROMETHEUS_TOKEN = "https://a.example", "s3cret"
    declare()
    settings.PROMETHEUS_URL, settings.PROMETHEUS_TOKEN = "https://b.example", ""
    declare()
    assert credentials_of(server("Prometheus")) == {}


def test_it_tells_an_authority_that_can_not_be_read(settings, tmp_path):
    settings.PROMETHEUS_URL, settings.PROMETHEUS_CA = "https://a.example", str(tmp_path / "none.pem")
    (error,) = declare()
    assert "none.pem (PROMETHEUS_CA) can't be read: No such file" in error
    assert not Source.objects.exists()


def test_it_makes_servers_and_signals_of_the_file(told, tmp_path, monkeypatch):
    (tmp_path / "password").write_text("hunter2\n")
    monkeypatch.setenv("MAIN_TOKEN", "s3cret")
    assert (
        told(
            "servers:\n  - {name: main, url: https://a.example, token_env: MAIN_TOKEN, timeout: 5}\n"
            f"  - {{name: mimir, url: https://b.example, username: u, password_file: {tmp_path}/password, tenant: t}}\n"
            "signals:\n  - {name: deployments, server: mimir, kind: deployments, query: deployments_total}\n"
        )
        == []
    )
    assert (credentials_of(server()), server().timeout_seconds) == ({"token": "s3cret"}, 5)
    assert credentials_of(server("mimir")) == {"username": "u", "password": "hunter2"}
    signal = Signal.objects.get()
    assert (signal.server, signal.origin, signal.enabled) == (server("mimir"), "file", True)


def test_it_changes_nothing_when_it_reads_the_same_again(told):
    told(MAIN + SIGNAL)
    before = list(Source.objects.values()), list(PrometheusServer.objects.values()), list(Signal.objects.values())
    assert told(MAIN + SIGNAL) == []
    assert before == (
        list(Source.objects.values()),
        list(PrometheusServer.objects.values()),
        list(Signal.objects.values()),
    )


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("servers:\n  - {name: main, url: https://a, token_env: NOWHERE_SET}\n", "line 2: The variable NOWHERE_SET"),
        (
            "servers:\n  - {name: main, url: https://a, token_file: /nowhere}\n",
            "line 2: The file /nowhere (token",
        ),
        ("servers:\n  - {name: main, url: https://a, ca_file: /nowhere}\n", "line 2: The file /nowhere (ca_file)"),
        ("servers:\n  - {name: main, url: https://a, username: u}\n", "line 2: Username, password belong together"),
        ("servers: [\n", "line 2: This is not valid YAML"),
        (SIGNAL, "line 2: There is no server. Say which one"),
        (SIGNAL.replace("}", ", server: x}"), "line 2: There is no server called x"),
    ],
)
def test_it_tells_what_is_wrong_with_its_line(told, text, error):
    (found,) = told(text)
    assert found.startswith(f"prometheus.yaml, {error}")
    assert not Source.objects.exists()


def test_it_refuses_credentials_over_plain_http(told, monkeypatch):
    monkeypatch.setenv("MAIN_TOKEN", "s3cret")
    text = "servers:\n  - {name: main, url: 'http://prometheus:9090', token_env: MAIN_TOKEN}\n"
    (error,) = told(text)
    assert "plain http" in error
    assert told(text.replace("}", ", plain_http: true}")) == []


def test_it_tells_a_file_that_is_not_there_and_ends_nothing(told, settings):
    told(MAIN + SIGNAL)
    settings.PROMETHEUS_CONFIG += ".gone"
    (error,) = declare()
    assert "can't be read: No such file" in error
    assert server().source.paused_at is None
    assert Signal.objects.get().enabled


def test_it_keeps_what_left_the_file_and_reads_it_no_more(told):
    told(MAIN + SIGNAL)
    Signal.objects.update(state={"a": 1}, read_to=NOON)
    told("servers: []\n")
    assert server().source.paused_at is not None
    assert (Signal.objects.get().enabled, Signal.objects.get().state) == (False, {"a": 1})


def test_it_goes_on_with_what_came_back(told):
    told(MAIN + SIGNAL)
    Signal.objects.update(state={"a": 1}, read_to=NOON)
    told("servers: []\n")
    told(MAIN + SIGNAL)
    assert server().source.paused_at is None
    signal = Signal.objects.get()
    assert (signal.enabled, signal.state, signal.read_to) == (True, {"a": 1}, NOON)


@pytest.mark.parametrize(
    "text",
    [
        "servers:\n  - {name: main, url: nothing}\n" + SIGNAL,
        MAIN + "signals:\n  - {name: deployments, kind: pigeons, query: x}\n",
        "servers:\n  - {name: main, url: https://prometheus.example.com, token_env: NOWHERE_SET}\n" + SIGNAL,
        MAIN + "signals:\n  - {name: deployments, server: gone, kind: deployments, query: x}\n",
        "servers: [\n",
    ],
)
def test_it_goes_on_with_what_an_entry_told_before_it_was_spoilt(told, text):
    told(MAIN + SIGNAL)
    assert told(text)
    assert (server().source.paused_at, server().url) == (None, "https://prometheus.example.com")
    assert (Signal.objects.get().enabled, Signal.objects.get().query) == (True, "deployments_total")


def test_it_switches_off_what_the_file_says(told):
    told(MAIN.replace("}", ", paused: true}") + SIGNAL.replace("}", ", paused: true}"))
    assert server().source.paused_at is not None
    assert not Signal.objects.get().enabled
    told(MAIN + SIGNAL)
    assert server().source.paused_at is None
    assert Signal.objects.get().enabled


def test_it_follows_a_name_that_is_written_otherwise(told):
    told(MAIN + SIGNAL)
    told(MAIN + SIGNAL.replace("deployments,", "Deployments,", 1))
    assert Signal.objects.get().name == "Deployments"


def test_it_touches_nothing_that_was_set_up_on_the_site(told):
    own = connect(draft("main", "https://own.example"), by="olga")
    make_signal(own, SignalSaid("deployments", "deployments", "own_total"), by="olga")
    errors = told(MAIN + SIGNAL.replace("}", ", server: main}"))
    assert "set up on the site. Choose another name" in errors[0]
    assert "was set up on the site" in errors[1]
    assert server().url == "https://own.example"
    assert Signal.objects.get().query == "own_total"
    told("servers: []\n")
    assert server().source.paused_at is None
    assert Signal.objects.get().enabled


def test_it_adds_signals_of_the_file_to_a_server_of_the_site(told):
    connect(draft("own", "https://own.example"), by="olga")
    assert told(SIGNAL) == []
    assert Signal.objects.get().server == server("own")


def test_it_keeps_the_name_of_the_environments_server_for_it(told, settings):
    settings.PROMETHEUS_URL = "https://a.example"
    (error,) = told(MAIN.replace("main", "prometheus"))
    assert "The server of PROMETHEUS_URL is called Prometheus" in error


def test_it_only_looks_where_problems_are_asked_for(told, settings):
    Path(settings.PROMETHEUS_CONFIG).write_text(MAIN.replace("https://prometheus.example.com", "nothing") + SIGNAL)
    (error,) = problems()
    assert "line 2" in error
    assert not Source.objects.exists()
