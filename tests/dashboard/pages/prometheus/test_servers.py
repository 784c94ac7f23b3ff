"""Servers on the site: connect one, see how it is doing, change it; secrets are never shown again."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from dashboard.pages.prometheus import servers as pages
from ingest.models import PrometheusServer, Source
from ingest.prometheus.servers import credentials_of
from ingest.prometheus.signal_settings import make_signal
from ingest.prometheus.told import SignalSaid
from tests.factories import make_delivery

pytestmark = pytest.mark.django_db
HOSTILE = '"><script>alert(1)</script>'


def words(answer) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


@pytest.fixture
def answers(monkeypatch):
    """The server answers; what was asked with."""
    asked = []

    def connection(server):
        asked.append((server.url, dict(credentials_of(server))))
        return ""

    monkeypatch.setattr(pages, "try_connection", connection)
    return asked


def sent(staff, address="/data/prometheus/new/", **told):
    return staff.post(address, {"name": "main", "url": "http://127.0.0.1:9090", "timeout": "20"} | told, follow=True)


def held(server: PrometheusServer) -> PrometheusServer:
    return PrometheusServer.objects.select_related("source").get(pk=server.pk)


def test_it_says_what_to_do_where_no_server_is(staff):
    assert "No server is connected. Connect one" in words(staff.get("/data/prometheus/"))


def test_it_tries_and_connects_a_server(staff, answers):
    answer = sent(staff, token="s3cret")
    assert "main answers, and is stored." in words(answer)
    assert answers == [("http://127.0.0.1:9090", {"token": "s3cret"})]
    assert credentials_of(PrometheusServer.objects.get()) == {"token": "s3cret"}
    assert "s3cret" not in answer.content.decode()
    assert "Signed in with a token" in words(answer)


def test_it_stores_nothing_that_does_not_answer_and_says_why(staff):
    answer = sent(staff, url="http://127.0.0.1:1", token="s3cret")
    assert answer.status_code == 422
    assert "It does not answer: The server did not answer" in words(answer)
    assert "Enter the secret again" in words(answer)
    assert "It is asked again" not in words(answer)
    assert "s3cret" not in answer.content.decode()
    assert not Source.objects.exists()


def test_it_stores_it_all_the_same_where_the_person_says_so(staff):
    answer = sent(staff, url="http://127.0.0.1:1", anyway="1")
    assert "main is stored. It does not answer yet" in words(answer)
    assert PrometheusServer.objects.get().url == "http://127.0.0.1:1"


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"url": "http://user:hunter2@host"}, "The address holds a user or a password"),
        ({"url": "prometheus"}, "no address of a server"),
        ({"url": "http://prometheus:9090", "token": "t"}, "could read the credentials"),
        ({"token": "two words"}, "no blanks"),
        ({"username": "u"}, "password is missing"),
        ({"token": "t", "username": "u", "password": "p"}, "Sign in by one way"),
        ({"ca": "nothing"}, "no certificate in PEM"),
        ({"tenant": "a b"}, "A tenant has"),
        ({"timeout": "500"}, "less than or equal to 120"),
        ({"name": ""}, "required"),
        ({"name": "a\0b", "url": "ftp://x"}, "no address of a server"),
    ],
)
def test_it_says_what_is_to_mend(staff, answers, told, said):
    answer = sent(staff, **told)
    assert answer.status_code == 422
    assert said in words(answer)
    assert not Source.objects.exists()
    assert not answers


def test_it_takes_plain_http_where_it_is_ticked(staff, answers):
    assert sent(staff, url="http://prometheus:9090", token="t", plain_http="on").status_code == 200
    assert PrometheusServer.objects.exists()


def test_it_refuses_a_name_that_is_taken(staff, server, answers):
    answer = sent(staff, name="MAIN")
    assert answer.status_code == 422
    assert "There is a server called MAIN already" in words(answer)


def test_it_keeps_what_is_stored_where_nothing_else_is_entered(staff, server, answers):
    address = f"/data/prometheus/{server.pk}/change/"
    form = staff.get(address).content.decode()
    assert "s3cret-token" not in form
    sent(staff, address, url="http://127.0.0.1:1/prometheus")
    assert held(server).url == "http://127.0.0.1:1/prometheus"
    assert answers == [("http://127.0.0.1:1/prometheus", {"token": "s3cret-token"})]


@pytest.mark.parametrize("url", ["http://127.0.0.1:2", "http://localhost:1", "https://elsewhere.example"])
def test_it_sends_what_is_stored_to_no_other_address(staff, server, answers, url):
    sent(staff, f"/data/prometheus/{server.pk}/change/", url=url)
    assert answers == [(url, {})]
    assert credentials_of(held(server)) == {}


def test_it_forgets_credentials_where_that_is_ticked(staff, server, answers):
    sent(staff, f"/data/prometheus/{server.pk}/change/", url="http://127.0.0.1:1", forget="on")
    assert credentials_of(held(server)) == {}


def test_it_pauses_and_resumes(staff, server):
    staff.post(f"/data/prometheus/{server.pk}/", {"action": "pause"})
    assert held(server).source.paused_at is not None
    assert "paused" in words(staff.get("/data/prometheus/"))
    staff.post(f"/data/prometheus/{server.pk}/", {"action": "resume"})
    assert held(server).source.paused_at is None


def test_it_asks_before_it_removes(staff, server):
    answer = staff.post(f"/data/prometheus/{server.pk}/", {"action": "remove"})
    assert "The server and its signals are forgotten" in words(answer)
    assert PrometheusServer.objects.exists()
    staff.post(f"/data/prometheus/{server.pk}/", {"action": "remove", "confirm": "1"})
    assert not Source.objects.exists()


def test_it_removes_none_on_which_figures_rest(staff, server):
    make_delivery(source=server.source)
    answer = staff.post(f"/data/prometheus/{server.pk}/", {"action": "remove", "confirm": "1"}, follow=True)
    assert "Pause it instead" in words(answer)
    assert PrometheusServer.objects.exists()


def test_it_says_whether_a_stored_server_answers(staff, server, answers):
    answer = staff.post(f"/data/prometheus/{server.pk}/", {"action": "try"}, follow=True)
    assert "main answers." in words(answer)
    assert answers == [(server.url, {"token": "s3cret-token"})]


def test_it_says_why_a_stored_server_does_not_answer(staff, server):
    answer = staff.post(f"/data/prometheus/{server.pk}/", {"action": "try"}, follow=True)
    assert "main does not answer: The server did not answer" in words(answer)


def test_it_tells_since_when_a_server_does_not_answer_and_when_it_last_did(staff, server):
    now = timezone.now()
    PrometheusServer.objects.update(
        failing_since=now - timedelta(hours=3), answered_at=now - timedelta(hours=4), error=f"Refused {HOSTILE}."
    )
    for address in ("/data/prometheus/", f"/data/prometheus/{server.pk}/"):
        answer = staff.get(address)
        assert "no answer since" in words(answer)
        assert "The last answer came 4 h ago" in words(answer)
        assert HOSTILE not in answer.content.decode()


@pytest.mark.parametrize(
    ("minutes", "said"), [(1, "answers"), (60, "Look whether a worker runs"), (None, "not asked yet")]
)
def test_it_tells_how_a_server_is_doing(staff, server, minutes, said):
    at = None if minutes is None else timezone.now() - timedelta(minutes=minutes)
    PrometheusServer.objects.update(answered_at=at)
    assert said in words(staff.get("/data/prometheus/"))


@pytest.mark.parametrize("origin", ["file", "environment"])
def test_it_only_shows_what_the_file_or_the_environment_tells(staff, server, answers, origin):
    PrometheusServer.objects.update(origin=origin)
    text = words(staff.get(f"/data/prometheus/{server.pk}/"))
    assert "change it there" in text
    assert "Pause" not in text
    assert staff.get(f"/data/prometheus/{server.pk}/change/").status_code == 403
    for action in ("pause", "resume", "remove"):
        assert staff.post(f"/data/prometheus/{server.pk}/", {"action": action, "confirm": "1"}).status_code == 403
    assert staff.post(f"/data/prometheus/{server.pk}/", {"action": "try"}).status_code == 302


def test_it_tells_what_is_wrong_in_the_file(staff, settings, tmp_path):
    path = tmp_path / "prometheus.yaml"
    path.write_text(f"servers:\n  - name: 'x{HOSTILE}'\n    url: nothing\n")
    settings.PROMETHEUS_CONFIG = str(path)
    answer = staff.get("/data/prometheus/")
    assert "prometheus.yaml, line 3: 'nothing' is no address of a server" in words(answer)
    assert not Source.objects.exists()


def test_it_offers_the_signals_of_the_standard_that_are_not_read_yet(staff, server):
    address = f"/data/prometheus/{server.pk}/"
    assert "deployment_rollback_duration_seconds" in words(staff.get(address))
    make_signal(server, SignalSaid("r", "rollback_duration", "x"), by="olga")
    assert "deployment_rollback_duration_seconds" not in words(staff.get(address))
    assert "gameday_score" in words(staff.get(address))
