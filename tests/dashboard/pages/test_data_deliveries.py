"""``/data/deliveries/``: what was set aside and why, payloads for staff, replay and what became of it."""

import ast
from datetime import timedelta
from pathlib import Path

import pytest

from dashboard.pages.data import deliveries, set_aside
from dashboard.pages.data.advice import ADVICE, UNKNOWN, advice
from ingest.inbox import process
from ingest.models import Delivery
from tests.factories import NOON, make_delivery, make_source

pytestmark = pytest.mark.django_db
URL = "/data/deliveries/"


@pytest.fixture
def operate(client, olga):
    client.force_login(olga)
    return client


def test_it_shows_a_refused_payload_escaped_and_without_its_secrets(operate):
    make_delivery(
        status="quarantined",
        error="“status” is missing.",
        body=b'{"token": "hunter2hunter2", "note": "<script>alert(1)</script>"}',
    )
    page = operate.get(URL).content.decode()
    assert "“status” is missing." in page
    assert "hunter2" not in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_it_shows_payloads_to_nobody_but_those_who_operate(see):
    make_delivery(status="quarantined", error="bad “private”", error_code="bad_field", body=b'{"note": "private"}')
    page = see(URL)
    assert "private" not in page
    assert "bad_field" in page
    assert "Only staff" in page


def test_it_groups_by_source_and_code_the_most_first(operate):
    github = make_source("github", name="GitHub")
    for _ in range(3):
        make_delivery(source=github, status="quarantined", error_code="bad_json")
    make_delivery(status="quarantined", error_code="naive_time")
    make_delivery(status="ignored", note="No deployment.")
    shown = operate.get(URL).context["groups"]
    assert [(group.source, group.code, group.events) for group in shown] == [
        ("GitHub", "bad_json", 3),
        ("Native events", "naive_time", 1),
    ]
    assert shown[0].advice == ADVICE["bad_json"]


def test_it_groups_what_was_ignored_by_its_reason(operate):
    for _ in range(2):
        make_delivery(status="ignored", note="It tells nothing new.")
    make_delivery(status="ignored", note="Another.")
    shown = operate.get(f"{URL}?status=ignored").context["groups"]
    assert [(group.reason, group.events) for group in shown] == [("It tells nothing new.", 2), ("Another.", 1)]
    narrowed = operate.get(shown[0].href)
    assert [one.delivery.note for one in narrowed.context["refused"]] == ["It tells nothing new."] * 2


def test_it_counts_groups_over_the_newest_alone(operate, monkeypatch):
    monkeypatch.setattr(set_aside, "NEWEST", 2)
    for hours in range(4):
        make_delivery(status="quarantined", error_code="bad_json", received_at=NOON - timedelta(hours=hours))
    assert [group.events for group in set_aside.groups("quarantined")] == [2]


def test_it_pages_by_a_cursor(operate, monkeypatch):
    monkeypatch.setattr(deliveries, "SIZE", 2)
    for hours in range(5):
        make_delivery(status="quarantined", error_code="bad_json", received_at=NOON - timedelta(hours=hours))
    seen, url = [], f"{URL}?code=bad_json"
    while url:
        answer = operate.get(url)
        seen += [one.delivery.pk for one in answer.context["refused"]]
        url = answer.context["older"]
    assert seen == list(Delivery.objects.order_by("-received_at").values_list("pk", flat=True))


@pytest.mark.parametrize("query", ["status=nope", "source=a%00b", "code=" + "x" * 5000, "before=x", "reason=%00"])
def test_it_bears_any_query(operate, query):
    make_delivery(status="quarantined")
    assert operate.get(f"{URL}?{query}").status_code == 200


def test_it_replays_all_of_the_choice_and_tells_what_became_of_it(operate):
    chosen = [make_delivery(status="quarantined", error_code="bad_json", body=b"{") for _ in range(2)]
    other = make_delivery(status="quarantined", error_code="naive_time")
    said = {"delivery": "all", "status": "quarantined", "code": "bad_json"}
    page = operate.post("/data/replay/", said, follow=True).content.decode()
    assert "Put 2 deliveries back into the queue." in page
    assert "of 2: 2 waiting" in page
    assert Delivery.objects.get(pk=other.pk).status == "quarantined"
    process.process_pending()
    assert "of 2: 0 waiting, 0 processed, 0 ignored, 2 quarantined again" in operate.get(URL).content.decode()
    assert {Delivery.objects.get(pk=one.pk).status for one in chosen} == {"quarantined"}


def test_it_replays_no_more_than_its_bound_and_the_oldest_first(operate, monkeypatch):
    monkeypatch.setattr(deliveries, "AT_ONCE", 2)
    rows = [make_delivery(status="quarantined", received_at=NOON + timedelta(hours=hours)) for hours in range(3)]
    page = operate.post("/data/replay/", {"delivery": "all"}, follow=True).content.decode()
    assert "replay again for the next" in page
    assert [Delivery.objects.get(pk=one.pk).status for one in rows] == ["pending", "pending", "quarantined"]


def test_it_replays_one_that_was_ignored(operate):
    one = make_delivery(status="ignored")
    operate.post("/data/replay/", {"delivery": one.pk, "status": "ignored"})
    assert Delivery.objects.get(pk=one.pk).status == "pending"


def test_it_never_replays_what_was_processed(operate):
    one = make_delivery(status="processed")
    operate.post("/data/replay/", {"delivery": one.pk})
    assert Delivery.objects.get(pk=one.pk).status == "processed"


def codes_of(path):
    """Error codes that a module's refusals name."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            place = {"MalformedPayload": 1, "refuse": 2}.get(name)
            if place is not None and len(node.args) > place and isinstance(node.args[place], ast.Constant):
                yield node.args[place].value


def test_it_has_advice_for_every_code_of_a_parser():
    folder = Path(__file__).parents[3] / "ingest"
    codes = {code for part in ("parsers", "inbox") for path in (folder / part).rglob("*.py") for code in codes_of(path)}
    assert "bad_json" in codes
    assert codes <= ADVICE.keys()


def test_it_has_advice_for_none():
    assert advice("quarantined", "bad_json") != UNKNOWN
    assert advice("quarantined", "never heard of") == UNKNOWN
    assert advice("ignored", "").startswith("Nothing")


def test_it_asks_as_many_queries_however_many_there_are(operate, django_assert_max_num_queries):
    for number in range(30):
        make_delivery(status="quarantined", error_code=f"code_{number}")
    with django_assert_max_num_queries(12):
        operate.get(URL)
