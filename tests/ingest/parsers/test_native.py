"""Native lines: what is read, and what is refused with which words."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.errors import MalformedPayload
from ingest.parsers.native import READERS, key_of, parse_line
from ingest.parsers.observation import DeploymentSeen, IncidentSeen, ServiceSeen
from tests.native_events import event

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
AT = "2026-03-02T10:00:00Z"
DEPLOYED = {"deployment": "d1", "service": "pay", "environment": "production", "status": "success"}

FIELDS = (
    "event", "type", "at", "team", "name", "service", "repository", "tier", "paths", "sha", "parents", "reverts",
    "merge", "revert", "hotfix", "bot", "author", "title", "authored_at", "committed_at", "pull_request", "number",
    "opened_at", "ready_at", "first_authored_at", "state", "merge_sha", "commits", "how", "deployment", "environment",
    "status", "started_at", "version", "kind", "rollback_of", "fixes", "changes", "shas", "url", "by", "incident",
    "severity", "caused_by",
)  # fmt: skip
plain = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just(AT) | st.just("abcdef1")
)
values = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


def parse_or_refuse(line: bytes) -> None:
    try:
        parse_line(line, NOW)
    except MalformedPayload as error:
        assert str(error)
        assert error.code
    key_of(line)


@given(st.binary(max_size=200))
@example(b"[" * 100_000)
@example(b'{"event":' * 100_000)
@example(b'{"a":' + b"[" * 300 + b"]" * 300 + b"}")
@example(b'{"a":"\\u0000","b":' + b"[" * 900 + b"]" * 900 + b"}")
@example(b'{"event":"e","type":"team.declared","at":"2026-03-02T10:00:00Z","team":"\\ud800"}')
@example(b'{"a":NaN}')
@example(b'{"at":' + b"9" * 400 + b"}")
def test_it_reads_or_refuses_any_bytes(line):
    parse_or_refuse(line)


@given(st.sampled_from(sorted(READERS)), st.dictionaries(st.sampled_from(FIELDS), values, max_size=6))
def test_it_reads_or_refuses_any_value_in_any_field(kind, said):
    whole = {
        "type": kind, "at": AT, "service": "pay", "team": "payments", "sha": "abcdef1", "number": 1, "incident": "i1",
        **DEPLOYED, **said,
    }  # fmt: skip
    try:
        line = orjson.dumps(whole)
    except TypeError:  # what JSON can't say
        return
    parse_or_refuse(line)


@given(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31), timezones=st.timezones()).map(lambda at: at.isoformat()))
def test_it_reads_or_refuses_any_time(at):
    parse_or_refuse(event("e", "team.declared", at, team="payments"))


def refused(line: bytes) -> tuple[str, str]:
    with pytest.raises(MalformedPayload) as caught:
        parse_line(line, NOW)
    return caught.value.code, str(caught.value)


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        (b"{", "bad_json", "not valid JSON"),
        (b"[1]", "bad_json", "no object"),
        (b'{"event": NaN}', "bad_json", "not valid JSON"),
        (b"\xff\xfe", "bad_encoding", "UTF-8"),
        (event("e", "team.renamed", AT), "unknown_type", "team.renamed"),
        (event("e", "deployment.finished", "2026-03-02T10:00:00", **DEPLOYED), "naive_time", "time zone"),
        (event("e", "deployment.finished", "yesterday", **DEPLOYED), "bad_time", "yesterday"),
        (event("e", "deployment.finished", "2026-03-20T12:11:00Z", **DEPLOYED), "future_time", "future"),
        (event("e", "deployment.finished", "1969-12-31T23:59:59Z", **DEPLOYED), "bad_time", "1970"),
        (
            event("e", "deployment.finished", AT, **DEPLOYED, started_at="2026-03-02T11:00:00Z"),
            "negative_duration", "after the finish",
        ),
        (
            event("e", "incident.resolved", AT, service="pay", incident="i", opened_at="2026-03-02T11:00:00Z"),
            "negative_duration", "after this event",
        ),
        (event("e", "deployment.finished", AT, **{**DEPLOYED, "status": "great"}), "bad_field", "great"),
        (event("e", "deployment.finished", AT, **{**DEPLOYED, "service": ""}), "missing_field", "service"),
        (event("e", "deployment.finished", AT, **DEPLOYED, changes=[0]), "bad_field", "changes"),
        (event("e", "commit.pushed", AT, sha="abcdef1"), "missing_field", "repository"),
        (event("e", "commit.pushed", AT, sha="main", service="pay"), "bad_field", "sha"),
        (event("e", "team.declared", AT, team="t", note="x" * 1_000_000), "too_large", "1,000,000"),
        (b'{"a":' + b"[" * 300 + b"]" * 300 + b"}", "bad_json", "deep"),
    ],
)  # fmt: skip
def test_it_tells_what_to_mend(line, code, words):
    found, message = refused(line)
    assert found == code
    assert words in message


def test_it_takes_a_time_just_within_the_tolerance():
    at = (NOW + timedelta(minutes=10)).isoformat()
    assert parse_line(event("e", "team.declared", at, team="t"), NOW).observation.at == NOW + timedelta(minutes=10)


def test_it_reads_offsets_and_fractions_as_utc():
    seen = parse_line(event("e", "team.declared", "2026-03-02T11:30:00.25+01:30", team="t"), NOW).observation
    assert seen.at == datetime(2026, 3, 2, 10, 0, 0, 250_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "second"),
    [("2026-03-02t10:00:59z", 59), ("2026-03-02T10:00:60Z", 59), ("2026-03-02T11:30:60.5+01:30", 59)],
)
def test_it_reads_small_letters_and_leap_seconds(text, second):
    at = parse_line(event("e", "team.declared", text, team="t"), NOW).observation.at
    assert (at.hour, at.minute, at.second) == (10, 0, second)


def test_it_tells_the_same_content_by_its_digest_whatever_the_spelling():
    one = parse_line(b'{"event":"e","type":"team.declared","at":"2026-03-02T10:00:00Z","team":"t"}', NOW)
    other = parse_line(b'{ "team": "\\u0074", "at":"2026-03-02T10:00:00Z", "type":"team.declared","event":"e" }', NOW)
    assert (one.key_hash, one.digest) == (other.key_hash, other.digest)


def test_it_takes_the_digest_as_key_where_there_is_none():
    line = b'{"type":"team.declared","at":"2026-03-02T10:00:00Z","team":"t"}'
    one = parse_line(line, NOW)
    assert one.observation.key == one.digest


def test_it_puts_a_sign_in_place_of_nul():
    seen = parse_line(event("e", "team.declared", AT, team="pay\0ments"), NOW).observation
    assert seen.team == "pay\ufffdments"


def test_it_keeps_apart_what_is_said_to_be_nothing_and_what_is_not_said():
    told = parse_line(event("e", "incident.opened", AT, service="pay", incident="i", caused_by=None), NOW).observation
    silent = parse_line(event("e", "incident.opened", AT, service="pay", incident="i"), NOW).observation
    assert isinstance(told, IncidentSeen)
    assert isinstance(silent, IncidentSeen)
    assert told.said["caused_by"] is None
    assert "caused_by" not in silent.said


@pytest.mark.parametrize(("tier", "word"), [(1, "critical"), (2, "standard"), (3, "low"), ("critical", "critical")])
def test_it_reads_a_tier_by_number_or_word(tier, word):
    seen = parse_line(event("e", "service.declared", AT, service="pay", tier=tier), NOW).observation
    assert isinstance(seen, ServiceSeen)
    assert seen.said["tier"] == word


def test_it_reads_unknown_keys_without_an_error():
    seen = parse_line(event("e", "deployment.finished", AT, **DEPLOYED, colour="green"), NOW).observation
    assert isinstance(seen, DeploymentSeen)
    assert "colour" not in seen.said
