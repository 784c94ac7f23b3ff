"""The lists of datasets by REST: pages, filters, changes, and who may ask."""

from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.datasets import incremental
from dashboard.datasets.every import DATASETS
from dashboard.datasets.filters import names
from ingest.catalogue.manage import rename_service
from ingest.models import Deployment, Service
from scorecards.models import Waiver
from scorecards.rollups.build import build_rollups, mark_all
from tests.factories import NOON, bearer, make_deployment, make_service, make_team, make_token, own

pytestmark = pytest.mark.django_db
LISTED = sorted(set(DATASETS) - {"adoption", "scorecards"})
LATER = NOON + timedelta(days=1)


@pytest.fixture
def ask(client, db):
    """A GET with a reading token of the organisation, or of the team that is named."""
    tokens = {}

    def get(path, of=None, headers=None, **query):
        if of not in tokens:
            tokens[of] = make_token(team=of)[1]
        address = path if path.startswith("http") else f"/api/v1/{path}/"
        return client.get(address, query or None, headers=bearer(tokens[of]) | (headers or {}))

    return get


@pytest.fixture
def history(pay):
    """Seven deployments, three of which changed at the same moment."""
    service = make_service("checkout", pay)
    for number in range(7):
        moment = NOON + timedelta(minutes=number if number < 4 else 4)
        make_deployment(service, external_id=f"n{number}", updated_at=moment)
    return service


def walk(ask, **query):
    """All rows, page by page."""
    seen, answer = [], ask("deployments", **query).json()
    while True:
        seen += answer["results"]
        if answer["next"] is None:
            return seen
        answer = ask(answer["next"]).json()


# ---------------------------------------------------------------- who may ask


@pytest.mark.parametrize("path", LISTED)
def test_each_asks_for_a_token_that_reads(client, path):
    assert client.get(f"/api/v1/{path}/").status_code == 401
    answer = client.get(f"/api/v1/{path}/", headers=bearer(make_token("ingest")[1]))
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")


@pytest.mark.parametrize("path", LISTED)
def test_a_session_is_no_token(client, charlie, path):
    client.force_login(charlie)
    assert client.get(f"/api/v1/{path}/").status_code == 401


@pytest.mark.parametrize("path", LISTED)
def test_each_answers_rows_with_all_fields_in_order(ask, history, path):
    build_rollups()
    answer = ask(path)
    assert answer.status_code == 200
    body = answer.json()
    assert list(body) == ["next", "previous", "as_of", "results"]
    for row in body["results"]:
        assert tuple(row) == DATASETS[path].names


@pytest.mark.parametrize("path", LISTED)
def test_nothing_can_be_written(client, path):
    assert client.post(f"/api/v1/{path}/", {}, headers=bearer(make_token()[1])).status_code == 405


def test_a_head_is_answered_like_a_get(client, history):
    answer = client.head("/api/v1/deployments/", headers=bearer(make_token()[1]))
    assert (answer.status_code, answer.content) == (200, b"")


# ---------------------------------------------------------------- pages


def test_pages_neither_skip_nor_repeat(ask, history):
    seen = [row["external_id"] for row in walk(ask, page_size=2)]
    assert seen == [f"n{number}" for number in range(7)]


def test_pages_stay_while_rows_are_written(ask, history):
    first = ask("deployments", page_size=3).json()
    moved = Deployment.objects.get(external_id="n0")
    Deployment.objects.filter(pk=moved.pk).update(updated_at=LATER)
    make_deployment(history, external_id="new", updated_at=LATER)
    Deployment.objects.filter(external_id="n4").delete()
    seen, answer = first["results"], first
    while answer["next"]:
        answer = ask(answer["next"]).json()
        seen += answer["results"]
    assert [row["external_id"] for row in seen] == ["n0", "n1", "n2", "n3", "n5", "n6", "n0", "new"]


def test_previous_leads_back_the_same_way(ask, history):
    pages, answer = [], ask("deployments", page_size=3).json()
    assert answer["previous"] is None
    while True:
        pages.append([row["id"] for row in answer["results"]])
        if answer["next"] is None:
            break
        answer = ask(answer["next"]).json()
    back = []
    while answer["previous"]:
        answer = ask(answer["previous"]).json()
        back.append([row["id"] for row in answer["results"]])
    assert back == pages[-2::-1]
    assert len(pages) == 3


def test_all_pages_bear_the_as_of_of_the_first(ask, history):
    first = ask("deployments", page_size=3).json()
    assert ask(first["next"]).json()["as_of"] == first["as_of"]


@pytest.mark.parametrize(
    "cursor", ["x", "AAAA", "W10", "WzEsMiwzXQ", "WzAsMSwxLC0xLDFd", "bm90aGluZw==", "é", "a" * 5_000]
)
def test_a_cursor_of_somebody_s_own_is_told(ask, cursor):
    answer = ask("deployments", cursor=cursor)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize("size", ["0", "1001", "-1", "x", "1e3", "", "٣"])
def test_a_page_has_1_to_1000_rows(ask, size):
    assert ask("deployments", page_size=size).status_code == 400


# ---------------------------------------------------------------- what is asked for


def test_fields_are_those_that_are_asked_for_in_their_order(ask, history):
    [row, *_] = ask("deployments", fields="version,id").json()["results"]
    assert list(row) == ["version", "id"]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"fields": "id,nothing"}, "There is no field 'nothing'"),
        ({"fields": ""}, "There is no field"),
        ({"colour": "red"}, "There is no parameter 'colour'"),
        ({"sha\0": "1"}, "There is no parameter"),
        ({"version": "a\0b"}, "no text has"),
        ({"status": "good"}, "Use one of pending, running"),
        ({"failed": "1"}, "Use true or false"),
        ({"finished_at_after": "2026-03-02"}, "is no time"),
        ({"finished_at": "2026-03-02T00:00:00Z"}, "There is no parameter"),
        ({"updated_since": "yesterday"}, "is no time"),
        ({"updated_since": "0001-01-01T00:00:00Z"}, "is no time"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_does(ask, query, says):
    answer = ask("deployments", **query)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert says in answer.json()["detail"]


def test_a_parameter_stands_once(client):
    answer = client.get("/api/v1/deployments/?status=failed&status=succeeded", headers=bearer(make_token()[1]))
    assert answer.status_code == 400


@pytest.mark.parametrize("path", LISTED)
def test_every_filter_can_be_asked_for(ask, history, path):
    build_rollups()
    for name in names(DATASETS[path]):
        column = DATASETS[path].column_by_name.get(name.removesuffix("_after").removesuffix("_before"))
        value = {"service": "checkout", "team": "pay", "standard": "DOP", "section": "1.1"}.get(name)
        if value is None and column is not None:
            by_type = {"integer": "1", "boolean": "true", "time": "2026-03-02T00:00:00Z", "day": "2026-03-02"}
            value = column.values[0] if column.values else by_type.get(column.type, "x")
        assert ask(path, **{name: value}).status_code == 200, name


def test_filters_hold_for_rows(ask, history):
    make_deployment(make_service("web", make_team("shop")), LATER, external_id="w", status="failed")
    mark_all()
    build_rollups()

    def told(**query):
        return {row["external_id"] for row in ask("deployments", **query).json()["results"]}

    assert told(service="web") == told(team="shop") == told(failed="true") == told(status="failed") == {"w"}
    assert told(finished_at_after=LATER.isoformat()) == {"w"}
    assert told(finished_at_before=LATER.isoformat()) == {f"n{number}" for number in range(7)}
    assert told(external_id="n3", service="checkout") == {"n3"}
    assert told(version="none") == set()


@pytest.mark.parametrize("query", [{"service": "web"}, {"team": "shop"}, {"service": "no"}, {"service": "a\0"}])
def test_what_a_token_does_not_see_is_not_there(ask, pay, query):
    make_service("web", make_team("shop"))
    assert ask("deployments", pay, **query).status_code == 404


# ---------------------------------------------------------------- changes


def test_what_was_removed_is_told_with_what_changed(ask, history):
    since = timezone.now().isoformat()
    gone = Deployment.objects.get(external_id="n2")
    key = gone.pk
    gone.delete()
    [row] = ask("deployments", updated_since=since).json()["results"]
    assert row == {"id": key, "deleted": True, "updated_at": row["updated_at"]}
    assert ask("deployments").json()["results"][2]["external_id"] == "n3"


def test_what_came_back_is_not_told_as_removed(ask, pay):
    since = timezone.now().isoformat()
    make_service("checkout", pay)
    rename_service("checkout", "till", at=NOON)
    rename_service("till", "checkout", at=NOON)
    rows = ask("services", updated_since=since).json()["results"]
    assert {(row["slug"], row.get("deleted", False)) for row in rows} == {("till", True), ("checkout", False)}


def test_removals_and_rows_come_in_one_order_page_by_page(ask, history):
    since = timezone.now() - timedelta(minutes=1)
    Deployment.objects.filter(external_id__in=["n0", "n3", "n6"]).delete()
    Deployment.objects.update(updated_at=timezone.now())
    seen = walk(ask, updated_since=since.isoformat(), page_size=2)
    assert sum(row.get("deleted", False) for row in seen) == 3
    assert len(seen) == 7
    assert [row["updated_at"] for row in seen] == sorted(row["updated_at"] for row in seen)


def test_another_team_s_removals_are_not_told(ask, pay):
    since = timezone.now().isoformat()
    shop = make_team("shop")
    make_deployment(make_service("web", shop))
    Service.objects.update(owner=shop)
    Deployment.objects.all().delete()
    Service.objects.all().delete()
    assert ask("deployments", pay, updated_since=since).json()["results"] == []
    assert ask("services", pay, updated_since=since).json()["results"] == []
    assert len(ask("services", updated_since=since).json()["results"]) == 1


def test_a_team_is_told_what_left_it_with_a_service(ask, pay, history):
    build_rollups()
    Service.objects.update(owner=pay)
    since = timezone.now().isoformat()
    own(make_team("shop"), history, LATER)
    Service.objects.update(owner=make_team("shop"))
    rows = ask("deployments", pay, updated_since=since).json()["results"]
    assert len(rows) == 7
    assert all(row["deleted"] for row in rows)


# ---------------------------------------------------------------- what did not change


@pytest.fixture
def settled(monkeypatch):
    """Nobody writes."""
    for name in ("_begun_on_sqlite", "_begun_on_postgresql"):
        monkeypatch.setattr(incremental, name, lambda: timezone.now() + timedelta(seconds=10))


def test_what_did_not_change_is_not_told_again(ask, history, settled):
    answer = ask("deployments")
    etag = answer["ETag"]
    assert etag.startswith('W/"')
    again = ask("deployments", headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
    Deployment.objects.filter(external_id="n0").update(updated_at=timezone.now())
    assert ask("deployments", headers={"If-None-Match": etag}).status_code == 200


def test_a_removal_is_a_change(ask, history, settled):
    etag = ask("deployments")["ETag"]
    Deployment.objects.filter(external_id="n0").delete()
    assert ask("deployments", headers={"If-None-Match": etag}).status_code == 200


def test_another_question_and_another_token_have_another_etag(ask, history, settled, pay):
    etags = {
        ask("deployments")["ETag"],
        ask("deployments", page_size=2)["ETag"],
        ask("deployments", pay)["ETag"],
        ask("failures")["ETag"],
    }
    assert len(etags) == 4


def test_while_somebody_writes_nothing_can_be_said_to_be_unchanged(ask, history, monkeypatch):
    for name in ("_begun_on_sqlite", "_begun_on_postgresql"):
        monkeypatch.setattr(incremental, name, lambda: NOON - timedelta(days=1))
    assert "ETag" not in ask("deployments")


# ---------------------------------------------------------------- one row


def test_a_row_is_told_by_its_key(ask, history):
    wanted = ask("deployments").json()["results"][3]
    assert ask(f"deployments/{wanted['id']}").json() == wanted
    assert ask(f"deployments/{wanted['id']}", fields="version").json() == {"version": wanted["version"]}
    assert ask("services/checkout").json()["team"] == "unassigned"


def test_a_slug_that_was_given_up_leads_to_who_bore_it(ask, history):
    rename_service("checkout", "till", at=NOON)
    assert ask("services/checkout").json()["slug"] == "till"


@pytest.mark.parametrize("key", ["0", "99999999999999999999999", "x", "a\0b", "-1"])
def test_a_key_that_there_is_not_is_404(ask, key):
    for path in ("deployments", "services", "controls"):
        answer = ask(f"{path}/{key}")
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_another_team_s_row_is_404(ask, history):
    assert ask(f"deployments/{Deployment.objects.first().pk}", make_team("shop")).status_code == 404


# ---------------------------------------------------------------- what it costs


@pytest.mark.parametrize("path", LISTED)
def test_it_asks_as_often_for_many_as_for_one(ask, pay, path, django_assert_max_num_queries):
    for number in range(12):
        make_deployment(make_service(f"s{number}", pay))
    build_rollups()
    ask(path, pay)
    with django_assert_max_num_queries(16):
        assert ask(path, pay, updated_since=NOON.isoformat()).status_code == 200


def test_a_waiver_is_a_row_with_the_fields_that_it_always_had(ask, history, bob):
    Waiver.objects.create(
        service=history, control="T-1", reason="planned", text="Soon.", requested_by=bob, requested_at=NOON,
        expires_on=NOON.date(),
    )  # fmt: skip
    [row] = ask("waivers", state="requested").json()["results"]
    assert (row["requested_by"], row["expires_on"], row["decided_by"]) == ("bob", "2026-03-02", None)
