"""The steps that a pipeline pastes: run here by sh and curl against the site, as far as they are shell."""

import os
import re
import subprocess
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
import yaml
from django.utils import timezone

from dashboard.how_to import filled, how_to
from dashboard.pages.gate.views import PIPELINES
from scorecards.models import FreezeWindow, GateAnswer, GateSetting
from tests.factories import make_service, make_token, make_user

# The server asks for no static files.
pytestmark = pytest.mark.filterwarnings("ignore:No directory at:UserWarning")
SHA = "4f2a9c1e" * 5
COMMITS = {"GITHUB_SHA": SHA, "CI_COMMIT_SHA": SHA, "GIT_COMMIT": SHA}


def shell_of(kind: str, url: str) -> str:
    """The part of the step that a shell runs, as the pipeline's own reader hands it over."""
    [code] = [block.code for block in filled(how_to(kind), url) if block.code]
    if kind == "gate-jenkins":
        inside = re.search(r"sh '''(.*?)'''", code, re.DOTALL)[1]
        return inside.replace("\\\n", "")  # what Groovy makes of it
    read = yaml.safe_load(code)
    if kind == "gate-github":
        return read[0]["run"]
    if kind == "gate-gitlab":
        return read["gate"]["script"][0]
    [container] = read["spec"]["template"]["spec"]["containers"]
    assert container["command"] == ["sh", "-c"]
    return container["args"][0]


def run(kind: str, url: str, token: str = "") -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "PLUMBLINE_TOKEN": token, **COMMITS}
    command = ["sh", "-e", "-c", shell_of(kind, url)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def answer():
    """A server that answers all it is asked with this status and body."""
    servers = []

    def serve(status: int, body: bytes) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *said: object) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("kind", PIPELINES)
@pytest.mark.django_db(transaction=True)
def test_a_step_fails_where_the_gate_denies_and_nowhere_else(kind, live_server):
    make_service("pay-api")
    token = make_token()[1]
    url = f"{live_server.url}/api/v1/services/pay-api/gate/"
    by, now = make_user("olga"), timezone.now()
    FreezeWindow.objects.create(name="Inventory", by=by, made_at=now, starts_at=now, ends_at=now + timedelta(hours=1))
    dry = run(kind, url, token)
    assert (dry.returncode, '"mode":"dry-run","would_be":"deny"' in dry.stdout) == (0, True), dry
    GateSetting.objects.create(mode="enforce", reason="A test.", by=by, at=now)
    denied = run(kind, url, token)
    assert denied.returncode == 1, denied
    assert "The freeze window Inventory is in force" in denied.stdout
    assert "The gate denies this deployment." in denied.stdout
    FreezeWindow.objects.all().delete()
    assert run(kind, url, token).returncode == 0
    asked = set(GateAnswer.objects.values_list("environment", "sha"))
    assert asked == {("production", "" if kind == "gate-argocd" else SHA)}


@pytest.mark.parametrize("kind", PIPELINES)
@pytest.mark.django_db(transaction=True)
def test_a_step_goes_on_with_a_warning_where_the_gate_does_not_know_it(kind, live_server):
    for token in ("", make_token()[1]):
        done = run(kind, f"{live_server.url}/api/v1/services/nope/gate/", token)
        assert (done.returncode, done.stdout) == (0, "WARNING: the gate gave no answer; the deployment goes on.\n")


@pytest.mark.parametrize("kind", PIPELINES)
@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b'{"decision":"deny"}'), (200, b"<html>sign in</html>"), (200, b""), (302, b"")],
)
def test_a_step_goes_on_with_a_warning_where_the_gate_is_broken(kind, status, body, answer):
    done = run(kind, answer(status, body))
    assert done.returncode == 0
    assert done.stdout.startswith("WARNING")


@pytest.mark.parametrize("kind", PIPELINES)
def test_a_step_goes_on_with_a_warning_where_nobody_listens(kind):
    done = run(kind, "http://127.0.0.1:1/")
    assert (done.returncode, done.stdout.startswith("WARNING")) == (0, True)


@pytest.mark.parametrize("kind", PIPELINES)
def test_a_step_waits_ten_seconds_at_most(kind):
    assert "curl -fsS -m 10 " in shell_of(kind, "http://localhost/")


def test_it_runs_before_argo_cd_syncs_and_is_not_tried_again():
    [code] = [block.code for block in filled(how_to("gate-argocd"), "http://localhost/") if block.code]
    job = yaml.safe_load(code)
    assert job["metadata"]["annotations"]["argocd.argoproj.io/hook"] == "PreSync"
    assert (job["kind"], job["spec"]["backoffLimit"]) == ("Job", 0)
