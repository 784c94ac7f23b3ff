"""The OData feed as a client walks it: service document, ``$metadata``, pages, and who may not."""

import base64
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest

from dashboard.datasets.every import DATASETS
from dashboard.odata import views
from dashboard.odata.metadata import EDM, csdl, set_name
from ingest.models import Deployment, Team
from tests.dashboard.exports.rows import organisation
from tests.factories import NOON, make_deployment, make_service, make_team, make_token

pytestmark = pytest.mark.django_db


def basic(team: Team | None = None, scope: str = "read") -> dict[str, str]:
    _, token = make_token(scope, team=team)
    return {"Authorization": "Basic " + base64.b64encode(f"anyone:{token}".encode()).decode()}


@pytest.fixture
def ask(client: Any, pay: Team) -> Any:
    organisation(pay)
    web = make_service("web", make_team("shop"))
    for number in range(7):
        make_deployment(web, NOON + timedelta(hours=number % 3), version=f"v{number % 2}")
    headers = basic()

    def get(path: str, of: Team | None = None, prefer: str = "", **query: Any) -> Any:
        more = {"Prefer": prefer} if prefer else {}
        answer = client.get(
            path if path.startswith("http") else f"/odata/v4/{path}",
            {name.replace("_", "$", 1): value for name, value in query.items()},
            headers={**(basic(of) if of else headers), **more},
        )
        assert answer["OData-Version"] == "4.0"
        return answer

    return get


def walk(ask: Any, path: str, prefer: str, **query: Any) -> tuple[list[Any], int]:
    """All rows, page after page as the links say, and how many pages there were."""
    answer, rows, pages = ask(path, prefer=prefer, **query).json(), [], 1
    rows += answer["value"]
    while link := answer.get("@odata.nextLink"):
        answer, pages = ask(link, prefer=prefer).json(), pages + 1
        rows += answer["value"]
    return rows, pages


def test_the_service_document_names_every_dataset(ask: Any) -> None:
    answer = ask("").json()
    assert answer["@odata.context"] == "http://testserver/odata/v4/$metadata"
    assert [one["name"] for one in answer["value"]] == [name.replace("-", "_") for name in DATASETS]
    for one in answer["value"]:
        assert ask(one["url"]).status_code == 200


def test_metadata_tells_types_keys_and_words(ask: Any) -> None:
    answer = ask("$metadata")
    assert answer["Content-Type"].startswith("application/xml")
    root = ElementTree.fromstring(answer.content)
    kinds = {kind.get("Name"): kind for kind in root.iter(f"{{{EDM}}}EntityType")}
    for name, dataset in DATASETS.items():
        kind = kinds[f"{set_name(name)}_row"]
        properties = kind.findall(f"{{{EDM}}}Property")
        assert [one.get("Name") for one in properties] == list(dataset.names)
        assert {str(one.get("Type")).partition(".")[0] for one in properties} == {"Edm"}
        assert kind.find(f"{{{EDM}}}Key/{{{EDM}}}PropertyRef").get("Name") == dataset.key  # type: ignore[union-attr]
        assert all(one.find(f"{{{EDM}}}Annotation") is not None for one in properties)
    names = {one.get("Name") for one in root.iter(f"{{{EDM}}}EntitySet")}
    assert names == {set_name(name) for name in DATASETS}
    assert all(str(name).replace("_", "").isalnum() for name in names)  # simple identifiers: no hyphens
    assert answer.content == csdl(DATASETS.values())


@pytest.mark.parametrize("size", [1, 2, 3, 100])
@pytest.mark.parametrize(
    "order", ["", "version,finished_at desc", "by desc", "finished_at", "duration_seconds desc,id desc", "failed"]
)
def test_pages_tell_each_row_once_in_the_order_asked_for(ask: Any, size: int, order: str) -> None:
    query = {"_orderby": order} if order else {}
    rows, pages = walk(ask, "deployments", f"odata.maxpagesize={size}", **query)
    assert len(rows) == len({row["id"] for row in rows}) == Deployment.objects.count() == 10
    assert pages == -(-10 // size)
    assert rows == ask("deployments", **query).json()["value"]


def test_null_comes_first_and_last_where_it_falls(ask: Any) -> None:
    rows = ask("deployments", _orderby="finished_at", _select="finished_at").json()["value"]
    assert rows[0] == {"finished_at": None}
    falling = ask("deployments", _orderby="finished_at desc", _select="finished_at").json()["value"]
    assert falling == rows[::-1]


def test_pages_stay_whole_while_rows_are_written(ask: Any) -> None:
    first = ask("deployments", prefer="maxpagesize=4").json()
    seen = [row["id"] for row in first["value"]]
    before = set(Deployment.objects.values_list("pk", flat=True))
    Deployment.objects.filter(pk=seen[0]).delete()
    make_deployment(make_service("late", make_team("shop")))
    rows, _ = walk(ask, first["@odata.nextLink"], "maxpagesize=4")
    assert before <= {*seen, *(row["id"] for row in rows)}
    assert len(rows) == len({row["id"] for row in rows} - set(seen))


def test_top_skip_count_and_select(ask: Any) -> None:
    ids = sorted(Deployment.objects.values_list("pk", flat=True))
    answer = ask("deployments", _top=3, _skip=2, _count="true", _select="id,team").json()
    assert answer["@odata.count"] == 10
    assert answer["@odata.context"].endswith("$metadata#deployments(id,team)")
    assert [tuple(row) for row in answer["value"]] == [("id", "team")] * 3
    assert [row["id"] for row in answer["value"]] == ids[2:5]
    assert "@odata.nextLink" not in answer
    rows, pages = walk(ask, "deployments", "maxpagesize=2", _top=5, _skip=1)
    assert ([row["id"] for row in rows], pages) == (ids[1:6], 3)
    assert ask("deployments", _top=0).json()["value"] == []
    assert ask("deployments/$count").content == b"10"
    assert ask("deployments/$count", _filter="version eq 'v0'").content == b"4"


def test_a_filter_narrows_every_page(ask: Any) -> None:
    rows, pages = walk(ask, "deployments", "maxpagesize=2", _filter="service eq 'web' and version ne 'v1'")
    assert (len(rows), pages) == (4, 2)
    assert {(row["service"], row["version"]) for row in rows} == {("web", "v0")}


def test_a_token_of_a_team_sees_its_own(ask: Any, pay: Team) -> None:
    rows = ask("deployments", of=pay).json()["value"]
    assert {row["service"] for row in rows} == {"checkout"}
    assert ask("deployments", of=pay, _filter="service eq 'web'").json()["value"] == []


def test_names_may_be_written_as_in_paths(ask: Any) -> None:
    assert ask("pull-requests").json() == ask("pull_requests").json()


@pytest.mark.parametrize(
    "query",
    [
        {"_filter": "source__secret eq 'x'"},
        {"_orderby": "source__secret"},
        {"_orderby": "id sideways"},
        {"_orderby": "failed_by"},
        {"_select": "password"},
        {"_top": "-1"},
        {"_skip": "some"},
        {"_count": "maybe"},
        {"_expand": "service"},
        {"_apply": "aggregate(id with max as most)"},
        {"_search": "pay"},
        {"_compute": "id add 1 as more"},
        {"_format": "atom"},
        {"_skiptoken": "nonsense"},
        {"_skiptoken": "WzFd", "_orderby": "version"},
        {"_skiptoken": "WyJ4Il0"},
    ],
)
def test_what_makes_no_sense_is_an_error_as_odata_has_it(ask: Any, query: dict[str, str]) -> None:
    answer = ask("deployments", **query)
    assert answer.status_code == 400
    assert set(answer.json()["error"]) == {"code", "message"}


def test_an_error_says_what_to_do_instead(ask: Any) -> None:
    says = ask("deployments", _apply="aggregate(id with max as most)").json()["error"]["message"]
    assert says == "$apply is not supported here. Sum up in the tool, or ask /api/v1/metrics/ for figures."


def test_an_option_that_is_given_twice_is_refused(ask: Any) -> None:
    answer = ask("deployments?$top=1&$top=2")
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "$top is given 2 times. Give it once.")


# ---------------------------------------------------------------- one row, one value


def test_a_row_is_found_by_its_key(ask: Any, pay: Team) -> None:
    row = ask("deployments", _top=1).json()["value"][0]
    found = ask(f"deployments({row['id']})").json()
    assert found.pop("@odata.context") == "http://testserver/odata/v4/$metadata#deployments/$entity"
    assert found == row
    assert ask(f"deployments(id={row['id']})", _select="id,team").json() == {
        "@odata.context": "http://testserver/odata/v4/$metadata#deployments(id,team)/$entity",
        "id": row["id"],
        "team": row["team"],
    }
    assert ask("services('checkout')").json()["name"] == "Checkout"
    assert ask("services('it''s')").status_code == 404
    assert ask("services('web')", of=pay).status_code == 404
    assert ask("services('checkout')", of=pay).status_code == 200


def test_a_value_is_found_in_its_row(ask: Any) -> None:
    row = ask("deployments", _filter="finished_at ne null and service eq 'web'", _top=1).json()["value"][0]
    context = f"http://testserver/odata/v4/$metadata#deployments({row['id']})/service"
    assert ask(f"deployments({row['id']})/service").json() == {"@odata.context": context, "value": "web"}
    assert ask(f"deployments({row['id']})/service/$value").content == b"web"
    assert ask(f"deployments({row['id']})/finished_at/$value").content.decode() == row["finished_at"]
    assert ask(f"deployments({row['id']})/bot/$value").content == b"false"
    empty = ask("deployments", _filter="finished_at eq null", _top=1).json()["value"][0]
    assert ask(f"deployments({empty['id']})/finished_at").status_code == 204
    assert ask(f"deployments({row['id']})/password").status_code == 404
    assert ask("deployments(99999999)/service").status_code == 404


@pytest.mark.parametrize(
    "key", ["", "'5'", "null", "id", "5,6", "slug='x'=", "99999999999999999999", "1.5", "(5)", "2026-03-02"]
)
def test_what_is_no_key_is_told(ask: Any, key: str) -> None:
    answer = ask(f"deployments({key})")
    assert answer.status_code in (400, 404)
    assert set(answer.json()["error"]) == {"code", "message"}


# ---------------------------------------------------------------- what real tools ask for


def test_it_answers_as_excel_and_power_bi_walk(ask: Any) -> None:
    """Service document, types, the first page with a folded filter, and the links from there on."""
    assert ask("").json()["value"][0]["kind"] == "EntitySet"
    assert ask("$metadata").status_code == 200
    folded = "finished_at ge 2026-01-01T00:00:00Z and service eq 'web'"
    first = ask("deployments", prefer="maxpagesize=3", _filter=folded, _top=1000).json()
    rows, _ = walk(ask, first["@odata.nextLink"], "maxpagesize=3")
    assert len(first["value"]) + len(rows) == 7
    months = ask("deployments", _filter="year(finished_at) eq 2026 and month(finished_at) eq 3", _select="id").json()
    assert len(months["value"]) == 9
    assert ask("deployments/$count", _filter="contains(tolower(service),'WEB')").content == b"0"
    assert ask("deployments/$count", _filter="contains(toupper(service),'WEB')").content == b"7"


def test_it_answers_as_tableau_asks(ask: Any) -> None:
    answer = ask("deployments", _top=2, _select="id,service,finished_at", _orderby="service desc,finished_at asc,id")
    assert [row["service"] for row in answer.json()["value"]] == ["web", "web"]
    assert ask("deployments", _top=0, _count="true").json()["@odata.count"] == 10
    assert ask("deployments", _select="*", _top=1).json() == ask("deployments", _top=1).json()


@pytest.mark.parametrize(
    ("level", "said"), [("none", "none"), ("minimal", "minimal"), ("full", "minimal"), ("", "minimal")]
)
def test_it_tells_as_much_of_itself_as_the_client_wants(client: Any, pay: Team, level: str, said: str) -> None:
    kind = f"application/json;odata.metadata={level}" if level else "application/json"
    for answer in (
        client.get("/odata/v4/teams", headers=basic() | {"Accept": f"{kind};odata.streaming=true,*/*;q=0.1"}),
        client.get("/odata/v4/teams", {"$format": kind}, headers=basic()),
    ):
        assert answer["Content-Type"] == f"application/json;odata.metadata={said};charset=utf-8"
        assert ("@odata.context" in answer.json()) == (said != "none")
        assert answer.json()["value"][0]["slug"] == "pay"


@pytest.mark.parametrize(("version", "status"), [("4.0", 200), ("4.01", 200), ("4", 200), ("3.0", 400), ("new", 400)])
def test_it_speaks_the_fourth_version_alone(client: Any, db: None, version: str, status: int) -> None:
    old = {"MaxDataServiceVersion": "3.0;NetFx", "DataServiceVersion": "1.0;NetFx"}  # Excel sends these beside it
    answer = client.get("/odata/v4/", headers=basic() | old | {"OData-MaxVersion": version})
    assert (answer.status_code, answer["OData-Version"]) == (status, "4.0")


def test_a_head_is_a_get_without_its_body(client: Any, pay: Team) -> None:
    headers = basic()
    for path in ("", "$metadata", "teams", "teams('pay')", "teams/$count"):
        answer = client.head(f"/odata/v4/{path}", headers=headers)
        assert (answer.status_code, answer.content, answer["OData-Version"]) == (200, b"", "4.0")
    assert client.head("/odata/v4/passwords", headers=headers).status_code == 404


def test_a_batch_is_refused_with_the_reason(client: Any, db: None) -> None:
    answer = client.post("/odata/v4/$batch", b"--x", content_type="multipart/mixed;boundary=x", headers=basic())
    assert (answer.status_code, answer.json()["error"]["code"]) == (501, "NotImplemented")
    assert client.post("/odata/v4/$batch", b"", content_type="text/plain").status_code == 401


def test_other_addresses_are_errors_as_odata_has_them(ask: Any) -> None:
    for path in ("a/b/c", "deployments/$all", "$crossjoin(teams,services)", "deployments(1)/a/b"):
        answer = ask(path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NotFound")


def test_an_unknown_set_is_404(ask: Any) -> None:
    answer = ask("passwords")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NotFound")


def test_who_shows_no_token_is_asked_for_one_as_a_password(client: Any, db: None) -> None:
    for path in (
        "",
        "$metadata",
        "deployments",
        "deployments/$count",
        "teams('pay')",
        "teams('pay')/name",
        "$batch",
        "a/b",
    ):
        answer = client.get(f"/odata/v4/{path}")
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"].startswith("Basic ")
        assert answer["OData-Version"] == "4.0"
    assert client.get("/odata/v4/teams", headers=basic(scope="ingest")).status_code == 403


def test_it_only_reads(client: Any, db: None) -> None:
    answer = client.post("/odata/v4/deployments", b"{}", content_type="application/json", headers=basic())
    assert answer.status_code == 405
    assert answer.json()["error"]["code"] == "MethodNotAllowed"


def test_a_page_costs_one_query_beside_those_of_the_token(ask: Any, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(3):
        assert len(ask("deployments").json()["value"]) == 10
    assert views.PAGE == 1_000
