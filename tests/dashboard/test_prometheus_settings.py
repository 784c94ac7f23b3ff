"""``PROMETHEUS_URL`` and the variables beside it: what makes no sense stops the start with a sentence."""

import runpy
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from ingest.prometheus.declared import declare, problems
from scorecards import reliability

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def read(monkeypatch):
    """``read(NAME=value)``: the settings by this environment."""

    def settings(**variables: str) -> dict[str, object]:
        monkeypatch.setenv("SECRET_KEY", "only for this test")
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "dashboard" / "settings.py"))

    return settings


def test_it_needs_no_prometheus(read):
    assert read()["PROMETHEUS_URL"] == ""


def test_it_takes_a_server_with_credentials(read):
    told = read(PROMETHEUS_URL="https://Prometheus.example.com/", PROMETHEUS_TOKEN="t")
    assert (told["PROMETHEUS_URL"], told["PROMETHEUS_TOKEN"]) == ("https://prometheus.example.com", "t")


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"PROMETHEUS_URL": "http://user:hunter2@host"}, "holds a user or a password"),
        ({"PROMETHEUS_URL": "prometheus"}, "no address of a server"),
        ({"PROMETHEUS_URL": "http://prometheus:9090", "PROMETHEUS_TOKEN": "hunter2"}, "plain"),
        ({"PROMETHEUS_URL": "https://a", "PROMETHEUS_USERNAME": "u"}, "password is missing"),
        ({"PROMETHEUS_URL": "https://a", "PROMETHEUS_TOKEN": "hunter2 x"}, "no blanks"),
        ({"PROMETHEUS_URL": "https://a", "PROMETHEUS_PLAIN_HTTP": "perhaps"}, "Use 1 or 0"),
    ],
)
def test_it_stops_the_start_with_a_sentence_that_repeats_no_secret(read, variables, said):
    with pytest.raises(ImproperlyConfigured, match=said) as stopped:
        read(**variables)
    assert "hunter2" not in str(stopped.value)


def test_it_sends_credentials_over_plain_http_where_that_is_said(read):
    told = {"PROMETHEUS_URL": "http://prometheus:9090", "PROMETHEUS_TOKEN": "t", "PROMETHEUS_PLAIN_HTTP": "1"}
    assert read(**told)["PROMETHEUS_PLAIN_HTTP"] is True


@pytest.mark.django_db
def test_it_finds_nothing_wrong_in_the_example_of_the_documentation(settings, tmp_path, monkeypatch):
    text = (ROOT / "docs" / "examples" / "prometheus.yaml").read_text()
    (tmp_path / "password").write_text("hunter2")
    text = text.replace("/run/secrets/mimir-password", str(tmp_path / "password"))
    text = text.replace("    ca_file: /etc/ssl/our-authority.pem\n", "")
    (tmp_path / "prometheus.yaml").write_text(text)
    settings.PROMETHEUS_CONFIG = str(tmp_path / "prometheus.yaml")
    monkeypatch.setenv("MAIN_PROMETHEUS_TOKEN", "t")
    assert (declare(), problems(), reliability.problems()) == ([], [], [])
