"""``up``: what it says where it can't listen, and where it says the site is."""

import os
import socket
import urllib.error

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from dashboard import embedded
from dashboard.management.commands import up


@pytest.fixture(autouse=True)
def same_umask():
    held = os.umask(0o022)
    yield
    os.umask(held)


@pytest.fixture
def taken_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return int(port)


@pytest.fixture
def served(monkeypatch):
    """Nothing is started; the site is ready at once. The ports that were asked for."""
    ports = []

    def serve(port, ready):
        ports.append(port)
        ready()
        return 0

    monkeypatch.setattr(up, "serve", serve)
    monkeypatch.setenv("BASE_URL", "")
    return ports


def start(*arguments):
    with pytest.raises(SystemExit) as end:
        call_command("up", "--no-demo", *arguments)
    return end.value.code


def test_it_says_that_the_port_is_taken_before_it_touches_anything(taken_port, served):
    with pytest.raises(CommandError, match=f"Port {taken_port} of 127.0.0.1 can't be used: Address already in use"):
        call_command("up", "--port", str(taken_port))
    assert served == []


def test_it_says_that_there_is_no_such_port(served):
    with pytest.raises(CommandError, match="Ports are 1 to 65535"):
        call_command("up", "--port", "70000")


@pytest.mark.django_db
def test_it_tells_its_processes_the_port_that_people_use(free_port, served, capsys):
    assert start("--port", str(free_port)) == 0
    assert os.environ["BASE_URL"] == f"http://localhost:{free_port}"
    assert f"ready at http://localhost:{free_port}\n" in capsys.readouterr().out


@pytest.mark.django_db
def test_it_lets_nobody_else_read_the_files_that_it_makes(free_port, served):
    start("--port", str(free_port))
    assert os.umask(0o022) == 0o077


@pytest.mark.django_db
def test_it_keeps_a_base_url_that_was_given(free_port, served, monkeypatch, capsys):
    monkeypatch.setenv("BASE_URL", "https://plumbline.example/")
    start("--port", str(free_port))
    assert "ready at https://plumbline.example\n" in capsys.readouterr().out


@pytest.mark.django_db
def test_it_makes_no_user_whose_password_it_could_not_print(free_port, monkeypatch):
    monkeypatch.setenv("BASE_URL", "")
    monkeypatch.setattr(up, "serve", lambda port, ready: 1)
    assert start("--port", str(free_port)) == 1
    assert not User.objects.exists()


@pytest.mark.parametrize(("code", "answers"), [(400, True), (503, False)])
def test_it_takes_a_refused_host_for_an_answer(monkeypatch, code, answers):
    def refuse(url, timeout):
        raise urllib.error.HTTPError(url, code, "", {}, None)  # type: ignore[arg-type]

    monkeypatch.setattr(embedded.urllib.request, "urlopen", refuse)
    assert embedded._answers("http://127.0.0.1:1/health/ready") is answers
