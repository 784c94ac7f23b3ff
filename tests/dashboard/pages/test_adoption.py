"""``/adoption/`` and the page of a capability."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from ingest.models import Service
from tests.dashboard.pages.adopted import deploy, keep, look, show, three_teams
from tests.factories import bearer, make_repository, make_service, make_source, make_team, make_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def adopted(db):
    return three_teams()


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def teams_in_matrix(page: str) -> list[str]:
    [table] = re.findall(r'<table class="table team-matrix">.*?</table>', page, re.DOTALL)
    return re.findall(r'<th scope="row" class="name"><a href="[^"]+">([^<]+)</a>', table)


def row_of(page: str, team: str) -> list[str]:
    """The words of a team's row, a cell each."""
    [row] = re.findall(rf'<tr><th scope="row" class="name"><a [^>]+>{team}</a>.*?</tr>', page, re.DOTALL)
    cells = re.findall(r"<td.*?</td>", row, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in cells]


# ---------------------------------------------------------------- the page


def test_it_tells_the_share_of_teams_as_an_interval_against_the_target(words, adopted):
    page = plain(words("/adoption/"))
    assert "50–100 %" in page
    assert "target over 90 % of teams · not known" in page
    assert "1 of 2 teams, 1 more might" in page


def test_it_sets_three_weightings_side_by_side(words, adopted):
    page = plain(words("/adoption/"))
    # of services: Ledger is on it, the two others might be; each has one deployment within 28 days
    assert "Services active, on the platform 33–100 % 1 of 3 services, 2 more might" in page
    assert "Deployments of services on it, last 28 days 33–100 % 1 of 3 deployments, 2 more might" in page


def test_it_says_who_is_counted_and_who_is_not(words, adopted):
    deploy(make_service("nobodys"))
    keep()
    page = plain(words("/adoption/"))
    assert "The share is of 2 of 3 teams with an active service ." in page
    assert "1 active service that nobody owns counts only among services" in page
    assert "at least 3 of the 8 capabilities" in page
    assert "at least half of its active services" in page
    assert "4 active services of 5" in page


def test_it_says_what_is_unknown_why_and_how_to_make_it_known(words, adopted):
    page = words("/adoption/")
    assert "Platform API of 3 services: no signal shows it" in page
    assert "Security scanning of 3 services: no results of a scanner were received within 28 days." in page
    assert "Send them to /ingest/sarif/" in page


def test_it_counts_services_that_no_scan_looked_at(words, adopted):
    deploy(make_service("unscanned", make_team("pay")))
    keep()
    assert "1 active service was not scanned, or not in whole within 28 days" in words("/adoption/")


def test_it_shows_capability_by_team_by_shape_and_count(see, adopted):
    page = see("/adoption/")
    assert teams_in_matrix(page) == ["Payments", "Search"]
    assert row_of(page, "Payments") == [
        "yes 1 of 2", "2 of 2", "2 of 2", "1 of 2", "1 of 2", "unknown", "0 of 2", "0 of 2", "unknown"
    ]  # fmt: skip
    assert row_of(page, "Search")[0] == "not known 0 of 1"
    assert 'title="Infrastructure provisioning: 1 of 2 active services use it"' in page
    assert 'title="Observability: 1 of 2 active services use it, 1 configured only"' in page
    assert '<span class="status warn"><svg viewBox="0 0 10 10" aria-hidden="true"><use href="#shape-warn"/>' in page
    for shape in ("good", "warn", "unknown", "none"):
        assert page.count(f'<symbol id="shape-{shape}"') == 1


def test_it_tells_the_share_of_each_capability_over_its_column(see, adopted):
    page = plain(see("/adoption/"))
    assert '<a class="column-share" href="/adoption/infrastructure/">33 %</a>' in page
    assert '<a class="column-share" href="/adoption/security/">0–100 %</a>' in page


@pytest.mark.parametrize(
    ("query", "teams"),
    [
        ("sort=-name", ["Search", "Payments"]),
        ("sort=services", ["Search", "Payments"]),
        ("sort=-infrastructure", ["Payments", "Search"]),
        ("sort=nonsense", ["Payments", "Search"]),
        ("state=uses", ["Payments"]),
        ("state=unknown", ["Search"]),
        ("state=nonsense", ["Payments", "Search"]),
    ],
)
def test_it_sorts_and_filters_by_the_address(see, adopted, query, teams):
    assert teams_in_matrix(see(f"/adoption/?{query}")) == teams


def test_it_says_that_no_team_is_in_a_state(words, adopted):
    assert "No team is in this state." in words("/adoption/?state=partly")


def test_it_keeps_the_filter_where_one_sorts(see, adopted):
    page = see("/adoption/?state=uses")
    assert 'href="/adoption/?state=uses&amp;sort=-ci_cd#matrix"' in page
    assert 'aria-sort="ascending"' in page


def test_it_shows_the_funnel_of_each_capability_and_names_the_largest_drop(see, words, adopted):
    page = words("/adoption/")
    assert "The largest drop: Self-service templates , 3 services have not set it up." in page
    # eligible, configured, used, for months, unknown
    assert "Observability 3 2 1 0 0 1 service has not set it up" in page
    assert "Portal and service catalogue 3 3 3 3 0 none" in page
    assert "Platform API 3 0 0 0 3 not known" in page
    assert see("/adoption/").count('<svg class="funnel-bar"') == 8


def test_it_names_who_is_next_and_what_they_lack(words, adopted):
    page = words("/adoption/").partition("Who is next")[2]
    assert "Search not known 0 of 1 on the platform; 1 more service on it would do, 1 capability in all" in page
    assert "Finder uses 2 of the 3 that it needs; nearest: Security scanning (unknown)" in page
    assert "Add a scanner to the pipeline" in page


def test_it_says_that_nobody_is_next_where_all_use_it(words, adopted):
    show(adopted["finder"], "helm-chart")
    keep()
    page = plain(words("/adoption/"))
    assert "Nobody: every team with an active service uses the platform." in page
    assert "100 %" in page and "· met" in page


def test_it_tells_the_course_as_a_table_too(words, adopted):
    today = timezone.now().date()
    assert f"{today:%-d %b %Y} 50–100 %, 1 of 2 teams, 1 more might" in plain(words("/adoption/"))


def test_it_says_what_to_do_where_there_is_nothing(words, db):
    page = words("/adoption/")
    assert "No data: no deployment to production yet" in page
    assert "Portal and service catalogue : The service stands in the catalogue" in page
    assert "0 %" not in plain(page)


def test_it_says_that_no_team_owns_what_is_active(words, db):
    deploy(make_service("nobodys"))
    keep()
    page = plain(words("/adoption/"))
    assert "No data: no active service" in page
    assert "No team owns an active service." in page


def test_it_shows_hostile_names_as_text(see, adopted):
    team = make_team("evil", name="<script>alert(1)</script>")
    look(deploy(make_service("evil", team, name="<b>x</b>")))
    keep()
    for path in ("/adoption/", "/adoption/ci_cd/", "/explain/adoption/", "/teams/evil/", "/services/evil/"):
        page = see(path)
        assert "<script>alert(1)" not in page and "<b>x</b>" not in page


@pytest.mark.parametrize(
    "path", ["/adoption/", "/adoption/ci_cd/", "/explain/adoption/", "/explain/adoption/?scope=team:pay"]
)
def test_it_is_for_people_who_signed_in(client, adopted, path, charlie):
    assert client.get(path).status_code == 302
    _, token = make_token(team=make_team("pay"))
    assert client.get(path, headers=bearer(token)).status_code == 302
    client.force_login(charlie)
    assert client.get(path).status_code == 200


def test_it_stands_in_the_navigation(see, adopted):
    assert '<a href="/adoption/" aria-current="page">Adoption</a>' in see("/adoption/templates/")


def test_it_asks_for_as_many_queries_whatever_there_is(client, alice, adopted, django_assert_max_num_queries):
    client.force_login(alice)
    for number in range(6):
        look(deploy(make_service(f"service-{number}", make_team(f"team-{number}"))))
    keep()
    with django_assert_max_num_queries(30):
        client.get("/adoption/")
    with django_assert_max_num_queries(20):
        client.get("/adoption/ci_cd/")


# ---------------------------------------------------------------- a capability


def test_it_tells_what_a_capability_is_and_what_shows_it(words, adopted):
    page = words("/adoption/security/")
    assert "A scanner looks at what is deployed" in page
    assert "Add a scanner to the pipeline" in page
    assert "Results of a scanner received by results received" in page
    assert "A scanner in a pipeline, and A deployment told by the pipeline, together" in page


def test_it_says_that_nothing_shows_a_capability(words, adopted):
    page = words("/adoption/platform_api/")
    assert "Nothing shows it by default, so it is unknown." in page
    assert "0–100" in page


def services_listed(page: str) -> list[tuple[str, str]]:
    [table] = re.findall(r'<table class="table capability-services">.*?</table>', page, re.DOTALL)
    found = []
    for row in re.findall(r"<tr><th scope=\"row\".*?</tr>", table, re.DOTALL):
        words = [
            " ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)
        ]
        found.append((words[0], words[2]))
    return found


def test_it_lists_who_uses_it_who_configured_it_and_who_does_not(see, adopted):
    assert services_listed(see("/adoption/observability/")) == [
        ("Ledger", "used"), ("Vault", "configured, not used"), ("Finder", "not used")
    ]  # fmt: skip
    assert services_listed(see("/adoption/observability/?state=configured")) == [("Vault", "configured, not used")]
    assert services_listed(see("/adoption/security/?state=unknown&team=search")) == [("Finder", "unknown")]


def test_it_tells_since_when_and_by_what(words, adopted):
    since = timezone.now().date() - timedelta(days=20)
    page = words("/adoption/infrastructure/")
    assert f"Ledger Payments used {since:%-d %b %Y} Resources of Terraform or OpenTofu: infra/main.tf:3" in page


def test_it_leads_to_the_evidence_at_the_host(see, adopted, settings):
    settings.SOURCE_URL = "https://git.example/{name}/src/{commit}/{path}#L{line}"
    repository = make_repository("acme/vault", adopted["vault"])
    show(adopted["vault"], "helm-chart", path="chart/Chart.yaml", line=1, commit="b" * 40, repository=repository.pk)
    keep()
    assert f'href="https://git.example/acme/vault/src/{"b" * 40}/chart/Chart.yaml#L1"' in see(
        "/adoption/infrastructure/"
    )
    settings.SOURCE_URL = "https://github.com/{name}/blob/{commit}/{path}#L{line}"
    assert "https://github.com/acme/vault" not in see("/adoption/infrastructure/")
    make_source("github")
    assert "https://github.com/acme/vault" in see("/adoption/infrastructure/")


def test_it_does_not_show_as_evidence_what_counts_only_with_something_else(words, adopted):
    page = words("/adoption/security/")
    assert "Ledger Payments unknown" in page
    assert "none within 28 days" in page.partition("Ledger Payments unknown")[2][:60]


@pytest.mark.parametrize("path", ["nonsense/", "ci_cd/?team=nobody", "ci_cd/?team=unassigned", "%00/"])
def test_it_answers_not_found_for_what_it_does_not_know(see, adopted, path):
    see(f"/adoption/{path}", 404)


def test_it_shows_a_capability_before_there_is_data(words, db):
    page = words("/adoption/templates/")
    assert "No data: no deployment to production yet" in page
    assert "How to begin" in page


def test_it_pages_through_many_services(see, words, adopted):
    team = make_team("many", name="Many")
    for number in range(51):
        make_service(f"many-{number:02}", team, name=f"Many {number:02}")
    for service in Service.objects.filter(slug__startswith="many"):
        show(service, "activity", "deployment")
    keep()
    first = see("/adoption/ci_cd/?team=many")
    assert len(services_listed(first)) == 50
    assert 'href="/adoption/ci_cd/?team=many&amp;page=2" rel="next"' in first
    assert services_listed(see("/adoption/ci_cd/?team=many&page=2")) == [("Many 50", "used")]
    assert "No active service" in words("/adoption/ci_cd/?team=many&page=99999")
