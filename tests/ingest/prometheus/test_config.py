"""The file of PROMETHEUS_CONFIG: what it tells, and each refusal with its line and what to write."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.prometheus.config import Declared, read_config

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "prometheus.yaml"


def read(text: str) -> Declared:
    return read_config(text.encode())


def problem_of(text: str) -> tuple[int, str]:
    found = read(text)
    assert len(found.problems) == 1
    return tuple(found.problems[0])


def test_it_reads_the_example_of_the_documentation():
    found = read_config(EXAMPLE.read_bytes())
    assert found.problems == []
    main, mimir = found.servers
    assert (main.name, main.url, main.variables, main.timeout) == (
        "main", "https://prometheus.example.com", {"token": "MAIN_PROMETHEUS_TOKEN"}, 20,
    )  # fmt: skip
    assert (mimir.username, mimir.files, mimir.tenant) == (
        "plumbline", {"password": "/run/secrets/mimir-password"}, "platform",
    )  # fmt: skip
    said = {one.said.name: one.said for one in found.signals}
    assert (said["deployments"].environment_label, said["deployments"].failed) == ("env", ("failed", "aborted"))
    assert (said["deployments"].services, said["deployments"].since) == ({"payment-svc": "pay"}, date(2026, 1, 1))
    assert said["rollback-duration"].environment == "production"
    assert said["error-rate"].query.count("\n") == 1


@pytest.mark.parametrize("text", ["", "# nothing", "servers:", "servers: []\nsignals: []", "---\n"])
def test_it_takes_a_file_that_tells_nothing(text):
    found = read(text)
    assert (found.servers, found.signals, found.problems, found.readable) == ([], [], [], True)


def test_it_leaves_what_is_judged_elsewhere_to_those_who_read_it():
    found = read("slos: !anything {a: 1}\nerror_budget_policy: [1]\nrollback_triggers: x\n")
    assert (found.problems, found.readable) == ([], True)


SERVER = "servers:\n  - name: main\n    url: https://prometheus.example.com\n"
SIGNAL = "signals:\n  - name: d\n    kind: deployments\n    query: deployments_total\n"


@pytest.mark.parametrize(
    ("more", "line", "told"),
    [
        ("    colour: red\n", 4, "“colour” is not known here. Known are: name, url"),
        ("    token: abc\n", 4, "token_env"),
        ("    password: abc\n", 4, "password_env"),
        ("    token_env: A\n    token_file: b\n", 5, "Leave one out"),
        ("    tenant: a b\n", 4, "without blanks"),
        ("    timeout: soon\n", 4, "number of seconds"),
        ("    timeout: 0\n", 4, "1 to 120"),
        ("    plain_http: maybe\n", 4, "true or false"),
        ("    paused: 3\n", 4, "true or false"),
        ("    name: other\n", 4, "stands twice in one mapping"),
        ("    ca_file: [a]\n", 4, "text on one line"),
    ],
)
def test_it_tells_what_is_to_mend_in_a_server(more, line, told):
    found = problem_of(SERVER + more)
    assert found[0] == line
    assert told in found[1]


@pytest.mark.parametrize(
    ("url", "told"),
    [("http://user:hunter2@host", "user or a password"), ("nothing", "Write it like"), ("http://h/graph", "/graph")],
)
def test_it_tells_what_is_wrong_with_an_address(url, told):
    line, message = problem_of(f"servers:\n  - name: main\n    url: {url}\n")
    assert line == 3
    assert told in message
    assert "hunter2" not in message


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("servers:\n  - url: http://a\n", 2, "“name” is required"),
        ("servers:\n  - name: a\n", 2, "“url” is required"),
        ("servers:\n  - main\n", 2, "mapping"),
        ("servers: main\n", 1, "must be a list"),
        ("- a\n", 1, "mapping"),
        ("colour: red\n", 1, "Known are: servers, signals, slos"),
        ("servers: []\n---\nservers: []\n", 3, "One document"),
        ("servers: [\n", 2, "not valid YAML"),
        ("servers:\n  - !!python/object/apply:os.system [x]\n", 2, "mapping"),
        ("servers:\n  - name: !!python/name:os.system x\n    url: http://a\n", 2, "tag"),
        ("signals:\n  - kind: deployments\n    query: x\n", 2, "“name” is required"),
        ("signals:\n  - name: d\n    query: x\n", 2, "“kind” is required"),
        ("signals:\n  - name: d\n    kind: deployments\n", 2, "“query” is required"),
    ],
)
def test_it_tells_what_is_missing(text, line, told):
    found = problem_of(text)
    assert found[0] == line
    assert told in found[1]


@pytest.mark.parametrize(
    ("more", "line", "told"),
    [
        ("    colour: red\n", 5, "“colour” is not known here. Known are: name, server"),
        ("    service_label: a-b\n", 5, "no name of a label"),
        ("    environment: a\n    environment_label: b\n", 6, "Leave out"),
        ("    succeeded: [x]\n    failed: [x]\n", 6, "for succeeded and for failed"),
        ("    succeeded: x\n", 5, "must be a list"),
        ("    services: [a]\n", 5, "mapping"),
        ("    services:\n      a:\n", 6, "“a” is required"),
        ("    since: yesterday\n", 5, "Write it like 2026-03-02"),
        ("    since: 1999-01-01\n", 5, "from 2000 on"),
        ("    paused: x\n", 5, "true or false"),
    ],
)
def test_it_tells_what_is_to_mend_in_a_signal(more, line, told):
    found = problem_of(SIGNAL + more)
    assert found[0] == line
    assert told in found[1]


def test_it_tells_a_kind_that_nobody_reads():
    line, message = problem_of("signals:\n  - name: d\n    kind: pigeons\n    query: x\n")
    assert line == 3
    assert "deployments, rollback_duration" in message


def test_it_takes_the_rest_beside_a_bad_entry_and_remembers_its_name():
    found = read(SERVER + "  - name: Other\n    url: nothing\n" + SIGNAL + "  - name: e\n    kind: x\n    query: y\n")
    assert [one.name for one in found.servers] == ["main"]
    assert [one.said.name for one in found.signals] == ["d"]
    assert found.kept == {"servers": {"other"}, "signals": {"e"}}
    assert found.readable


@pytest.mark.parametrize("text", ["servers: [\n", "servers: x\n", "servers:\n  - url: http://a\n", "- a\n", "\xff"])
def test_it_tells_that_one_can_not_know_what_left(text):
    assert not read_config(text.encode("latin-1")).readable


def test_it_takes_the_first_of_two_servers_of_one_name():
    line, message = problem_of(SERVER + "  - name: MAIN\n    url: https://other\n")
    assert line == 4
    assert "line 2, which stands" in message


def test_it_takes_signals_of_one_name_on_two_servers():
    one = SIGNAL + "    server: a\n"
    other = "  - name: d\n    kind: deployments\n    query: deployments_total\n    server: b\n"
    assert read(one + other).problems == []
    assert len(read(one + other.replace("server: b", "server: A")).problems) == 1


def test_it_reads_what_is_switched_off():
    assert read(SERVER + "    paused: true\n").servers[0].paused
    assert read(SIGNAL + "    paused: true\n").signals[0].paused


@given(st.binary(max_size=200))
def test_it_never_raises_for_content(text):
    read_config(text)


@given(st.text(alphabet="servignalum:- \n[]{}&*!'\"#|>0", max_size=80))
def test_it_never_raises_for_what_looks_like_yaml(text):
    read(text)
