"""Bad input: told by line number, kept word for word, never in the way of the rest, and replayable."""

import gzip
import io
from datetime import timedelta

import pytest

from ingest.bodies import body_of
from ingest.inbox import load as loading
from ingest.inbox.process import process_pending, replay
from ingest.inbox.receive import Line, lines_of, receive_lines
from ingest.inbox.sources import native
from ingest.models import Delivery, Deployment, Incident, Source, Team
from tests.ingest.facts.snapshot import deliveries_by_status, everything
from tests.native_events import RECEIVED_AT, event, ingest, load_lines, worked_example

pytestmark = pytest.mark.django_db

AT = "2026-03-02T10:00:00Z"
FUTURE = event("future", "team.declared", (RECEIVED_AT + timedelta(hours=1)).isoformat(), team="later")
GOOD = [event(f"good {number}", "team.declared", AT, team=f"team {number}") for number in range(3)]
BAD = {
    "malformed": (b'{"event":', "bad_json"),
    "unknown type": (event("a", "team.praised", AT, team="t"), "unknown_type"),
    "negative duration": (
        event("b", "deployment.finished", AT, deployment="d", service="s", environment="production", status="success",
              started_at="2026-03-02T10:00:01Z"),
        "negative_duration",
    ),
    "future": (FUTURE, "future_time"),
    "naive": (event("c", "team.declared", "2026-03-02T10:00:00", team="t"), "naive_time"),
    "10 MB field": (event("d", "team.declared", AT, team="t", note="x" * 10_000_000), "too_large"),
    "invalid UTF-8": (b'{"event":"e","team":"\xff\xfe"}', "bad_encoding"),
    "other content": (event("good 0", "team.declared", AT, team="another"), "key_reused"),
    "lone surrogate": (event("f", "team.declared", AT, team="?").replace(b"?", b"\\ud800"), "bad_json"),
    "NaN": (b'{"event":"g","type":"team.declared","at":"2026-03-02T10:00:00Z","team":NaN}', "bad_json"),
    "10**400": (b'{"event":"h","type":"pull_request.opened","service":"s","at":"2026-03-02T10:00:00Z","number":1'
                + b"0" * 400 + b"}", None),
    "nesting": (b'{"event":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "bad_json"),
    "deeper than is written": (b'{"event":"i","a":' + b"[" * 400 + b"]" * 400 + b"}", "bad_json"),
    "array": (b'["event"]', "bad_json"),
    "raw NUL": (b'{"event":"j\x00"}', "bad_json"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_it_tells_the_line_and_takes_the_rest(name):
    line, code = BAD[name]
    totals = load_lines([GOOD[0], b"", GOOD[1], line, GOOD[2]])
    assert (totals.received, totals.processed, totals.quarantined, totals.duplicates) == (4, 3, 1, 0)
    (rejected,) = totals.rejected
    assert rejected.line == 4
    assert rejected.error
    assert code in (None, rejected.code)
    assert Team.objects.filter(slug__startswith="team-").count() == 3
    kept = Delivery.objects.get(status="quarantined")
    assert body_of(kept) == line
    assert (kept.first_line, kept.error_code, kept.error) == (4, rejected.code, rejected.error)
    assert deliveries_by_status() == {"processed": 3, "quarantined": 1}


@pytest.mark.parametrize("name", BAD)
def test_a_replay_decides_alike(name):
    load_lines([*GOOD, BAD[name][0]])
    before = Delivery.objects.get(status="quarantined")
    assert replay(Delivery.objects.filter(pk=before.pk)) == 1
    assert Delivery.objects.get(pk=before.pk).status == "pending"
    while process_pending():
        pass
    after = Delivery.objects.get(pk=before.pk)
    assert (after.status, after.error_code) == ("quarantined", before.error_code)
    assert not Team.objects.filter(slug__in=["later", "another"]).exists()


def test_a_replay_records_a_line_that_is_understood_by_then(monkeypatch):
    line = event("new", "deployment.undone", AT, team="t")
    load_lines([line])
    from ingest.parsers import native as parser

    monkeypatch.setitem(parser.READERS, "deployment.undone", parser.READERS["team.declared"])
    replay(Delivery.objects.all())
    assert process_pending() == 1
    assert Delivery.objects.get().status == "processed"
    assert Team.objects.filter(slug="t").exists()
    assert load_lines([line]).duplicates == 1
    assert deliveries_by_status() == {"processed": 1}


def test_a_replay_of_a_line_that_came_in_by_another_way_is_ignored(monkeypatch):
    line = event("new", "deployment.undone", AT, team="t")
    load_lines([line])
    from ingest.parsers import native as parser

    monkeypatch.setitem(parser.READERS, "deployment.undone", parser.READERS["team.declared"])
    load_lines([event("other", "team.declared", AT, team="u"), line + b" "])
    replay(Delivery.objects.filter(status="quarantined"))
    process_pending()
    assert deliveries_by_status() == {"processed": 2, "ignored": 1}


def test_the_same_bad_line_again_is_told_again_and_kept_once():
    load_lines([BAD["naive"][0]])
    totals = load_lines([BAD["naive"][0]])
    assert (totals.quarantined, Delivery.objects.count()) == (1, 1)


def test_a_repeat_beside_other_content_is_a_repeat_still():
    load_lines(GOOD[:1])
    totals = load_lines([BAD["other content"][0], GOOD[0], GOOD[0]])
    assert (totals.duplicates, totals.quarantined) == (2, 1)
    assert Source.objects.get().duplicate_count == 2


def test_the_first_of_one_chunk_stands():
    totals = load_lines([GOOD[0], BAD["other content"][0], GOOD[0]])
    assert (totals.processed, totals.duplicates, totals.quarantined) == (1, 1, 1)
    assert Team.objects.get().name == "team 0"


def test_an_object_over_several_lines_is_one():
    line = b'{\n  "event": "e",\n  "type": "team.declared",\n  "at": "2026-03-02T10:00:00Z",\n  "team": "t"\n}'
    receipt = receive_lines(native(), [Line(1, line)], RECEIVED_AT, "a test")
    assert receipt.accepted == 1
    process_pending()
    assert deliveries_by_status() == {"processed": 1}


def test_it_reads_gzip_by_its_first_bytes():
    packed = io.BytesIO(gzip.compress(b"\n".join(GOOD) + b"\r\n\n \n"))
    assert [line.data for line in lines_of(packed)] == GOOD


def test_an_empty_stream_has_no_lines():
    assert list(lines_of(io.BytesIO(b""))) == []
    assert load_lines([]).received == 0


def test_a_line_that_cannot_be_recorded_takes_no_neighbour_along(monkeypatch):
    whole = loading.record

    def fails_on_d4(source, observations):
        if any(getattr(seen, "external_id", "") == "d4" for seen in observations):
            raise ValueError("d4 can't be recorded")
        whole(source, observations)

    monkeypatch.setattr("ingest.inbox.load.record", fails_on_d4)
    monkeypatch.setattr("ingest.inbox.process.record", fails_on_d4)
    lines = worked_example()
    totals = load_lines([BAD["naive"][0], *lines])
    assert (totals.processed, totals.quarantined) == (11, 2)
    assert [rejected.code for rejected in totals.rejected] == ["naive_time", "internal_error"]
    assert totals.rejected[1].line == 12
    assert sorted(Deployment.objects.values_list("external_id", flat=True)) == ["d1", "d2", "d3", "d5"]
    assert Incident.objects.count() == 1
    monkeypatch.undo()
    replay(Delivery.objects.filter(error_code="internal_error"))
    process_pending()
    assert Deployment.objects.filter(external_id="d4").exists()


def test_a_bad_line_changes_no_figure():
    ingest([*worked_example(), *(line for line, _ in BAD.values())])
    found = everything()
    Delivery.objects.filter(status="quarantined").delete()
    ingest([])
    assert found == everything()
    assert Deployment.objects.count() == 5
