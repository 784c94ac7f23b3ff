"""``/search/``: everything by name, version, commit or id; never more than is shown, never what one may not see."""

import pytest

from dashboard import access
from dashboard.pages import search
from ingest.models import CatalogueName, Incident, Service, Team
from tests.dashboard.pages.conftest import WEEK
from tests.factories import NOON, make_deployment, make_incident, make_repository, make_service, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def find(client, alice, example):
    """Search as alice: what was found, by kind."""
    client.force_login(alice)

    def ask(text):
        answer = client.get("/search/", {"q": text})
        assert answer.status_code == 200
        return {group.label: [hit.name for hit in group.hits] for group in answer.context["groups"]}

    return ask


@pytest.mark.parametrize(
    ("text", "label", "name"),
    [
        ("payments", "Teams", "Payments"),
        ("PAYM", "Teams", "Payments"),
        ("pay", "Services", "Pay"),
        ("acme/p", "Repositories", "acme/pay"),
        ("2", "Deployments", "2"),
        ("d4", "Deployments", "3"),
        ("checkout 502", "Incidents", "Checkout answers 502"),
        ("observ", "Capabilities of the platform", "Observability"),
        ("ci_cd", "Capabilities of the platform", "CI/CD"),
    ],
)
def test_it_finds_each_kind_of_thing(find, text, label, name):
    assert name in find(text)[label]


def test_it_finds_an_incident_by_its_id(find, example):
    assert find(example["i1"].external_id)["Incidents"] == ["Checkout answers 502"]


def test_it_finds_a_deployment_by_the_beginning_of_its_commit_from_seven_characters_on(find, example):
    make_deployment(example["service"], sha="abcdef0123" * 4, version="9.9")
    assert find("abcdef0")["Deployments"] == find("ABCDEF0123")["Deployments"] == ["9.9"]
    assert find("abcdef") == {}
    assert find("abcdef1") == {}


def test_it_finds_what_was_called_like_that(find, example):
    CatalogueName.objects.create(kind="service", name="kassa", object_id=example["service"].pk)
    assert find("kass") == {"Services": ["Pay"]}


def test_it_puts_the_closest_name_first(find):
    for slug in ("a-search", "search-indexer", "search"):
        make_service(slug)
    assert find("search")["Services"] == ["Search", "Search-indexer", "A-search"]


def test_it_shows_at_most_twenty_of_each_and_says_so(client, alice, example):
    repository = make_repository("acme/many")
    for number in range(25):
        team = make_team(f"many-{number:02}")
        service = make_service(f"many-{number:02}", team)
        repository.service_links.create(service=service)
        make_deployment(service, version="many"), make_incident(service, title="many")
    client.force_login(alice)
    answer = client.get("/search/", {"q": "many"})
    assert [(group.label, len(group.hits), group.cut) for group in answer.context["groups"]] == [
        (label, 20, True) for label in ("Teams", "Services", "Repositories", "Deployments", "Incidents")
    ]
    assert "only the first 20" in answer.content.decode()


def test_it_reads_the_titles_of_the_newest_incidents_alone(find, example, monkeypatch):
    monkeypatch.setattr(search, "INCIDENTS_READ", 1)
    make_incident(example["service"], NOON.replace(year=2020), title="An old flood")
    assert find("flood") == {}


def test_it_has_words_for_an_empty_search_and_for_nothing_found(client, alice, example):
    client.force_login(alice)
    assert "Type what you look for" in client.get("/search/").content.decode()
    page = client.get("/search/", {"q": "<b>nope</b>"}).content.decode()
    assert "Nothing is called “&lt;b&gt;nope&lt;/b&gt;”." in page


@pytest.mark.parametrize("text", ["%", "_", "\0", "a\0b", "'; --", "x" * 5000, "[a-z]*", "\\"])
def test_it_takes_any_text(find, text):
    assert find(text) == {}


def test_it_shows_only_what_the_reader_may_see(client, alice, example, monkeypatch):
    other = make_service("other")
    make_incident(other, title="other"), make_deployment(other, version="other"), make_repository("acme/other", other)
    make_team("other")
    monkeypatch.setattr(access, "visible_services", lambda actor: Service.objects.exclude(slug="other"))
    monkeypatch.setattr(access, "visible_teams", lambda actor: Team.objects.exclude(slug="other"))
    client.force_login(alice)
    assert client.get("/search/", {"q": "other"}).context["groups"] == []
    assert Incident.objects.filter(title="other").exists()


def test_it_keeps_the_filters(see, example):
    page = see(f"/search/?q=pay&{WEEK}")
    assert "/services/pay/?from=2026-03-02&amp;to=2026-03-09" in page
    assert '<input type="hidden" name="from" value="2026-03-02">' in page


def test_it_costs_as_many_queries_however_much_is_found(client, alice, example, django_assert_max_num_queries):
    for number in range(30):
        make_deployment(make_service(f"pay-{number}"), version="pay")
    client.force_login(alice)
    with django_assert_max_num_queries(20):
        client.get("/search/", {"q": "pay"})
