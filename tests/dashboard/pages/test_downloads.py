"""The Download control of pages: files of what is filtered there, and of nothing that the reader may not see."""

import csv
import io
import json
import re
from html import unescape

import pytest
from pyarrow import parquet

from dashboard import access
from dashboard.datasets.every import DATASETS
from dashboard.pages import downloads
from ingest.models import Incident
from tests.dashboard.pages.conftest import WEEK
from tests.dashboard.pages.scanned import BOUNDED, scan_service
from tests.factories import bearer, make_token

pytestmark = pytest.mark.django_db


def links(page: str) -> dict[str, str]:
    """The addresses of the control by the dataset's title and the form's label."""
    found = re.search(r'<details class="downloads">.*?</details>', page, re.S)
    rows = re.findall(r"<p>(.*?)</p>", found[0], re.S) if found else []
    return {
        f"{row.split('<')[0].strip()} {label}": unescape(href)
        for row in rows
        for href, label in re.findall(r'<a href="([^"]+)" download>(\w+)</a>', row)
    }


@pytest.fixture
def fetch(client, alice):
    """The file at an address, as alice gets it."""
    client.force_login(alice)

    def get(path: str) -> bytes:
        answer = client.get(path)
        assert answer.status_code == 200 and answer.streaming, (path, answer.content[:200])
        assert answer["Content-Disposition"].startswith("attachment; filename=")
        return b"".join(answer.streaming_content)

    return get


def table(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    "choices", ["", "&outcome=failed", "&outcome=succeeded&scope=team:pay", "&environment=staging", "&lacks=changes"]
)
def test_the_file_holds_the_deployments_that_the_page_lists(see, fetch, example, choices):
    page = see(f"/deployments/?{WEEK}{choices}")
    listed = [int(key) for key in re.findall(r'<a class="clip" href="/deployments/(\d+)/">', page)]
    offered = links(page)
    assert bool(offered) == bool(listed)
    if listed:
        assert list(offered) == ["Deployments CSV", "Deployments Parquet", "Deployments NDJSON"]
        assert sorted(int(row["id"]) for row in table(fetch(offered["Deployments CSV"]))) == sorted(listed)
        lines = fetch(offered["Deployments NDJSON"]).splitlines()
        assert sorted(json.loads(line)["id"] for line in lines) == sorted(listed)
        rows = parquet.read_table(io.BytesIO(fetch(offered["Deployments Parquet"])))
        assert sorted(rows["id"].to_pylist()) == sorted(listed)
        assert rows.column_names == list(DATASETS["deployments"].names)


def test_the_file_holds_the_incidents_that_the_page_lists(see, fetch, example):
    for choices in ("", "&state=open", "&state=resolved", "&linked=no"):
        page = see(f"/incidents/?{WEEK}{choices}")
        listed = {int(key) for key in re.findall(r'href="/incidents/(\d+)/"', page)}
        if listed:
            assert {int(row["id"]) for row in table(fetch(links(page)["Incidents CSV"]))} == listed
        else:
            assert not links(page)
    assert Incident.objects.exists()


def test_every_offered_file_is_there_and_of_what_the_page_is_about(see, fetch, example):
    scan_service(example["service"], {BOUNDED: "fail"})
    slug = example["service"].slug
    offered = {}
    for path in ("/teams/", f"/services/{slug}/standards/", f"/standards/{BOUNDED}/", "/reliability/?team=pay"):
        offered[path] = links(see(path))
        assert offered[path], path
        for address in offered[path].values():
            fetch(address)
    of_service = table(fetch(offered[f"/services/{slug}/standards/"]["Findings CSV"]))
    assert {row["service"] for row in of_service} == {slug}
    of_control = table(fetch(offered[f"/standards/{BOUNDED}/"]["Verdicts CSV"]))
    assert {(row["control"], row["verdict"]) for row in of_control} == {(BOUNDED, "fail")}


def test_parquet_is_offered_where_it_can_be_written_alone(see, example, monkeypatch):
    monkeypatch.setattr(downloads, "find_spec", lambda name: None)
    downloads.forms.cache_clear()
    try:
        assert list(links(see(f"/deployments/?{WEEK}"))) == ["Deployments CSV", "Deployments NDJSON"]
    finally:
        downloads.forms.cache_clear()


def test_nothing_is_offered_where_nothing_is_listed(see, example):
    assert not links(see("/deployments/?from=2020-01-01&to=2020-01-08"))


# ---------------------------------------------------------------- who may not


@pytest.mark.parametrize("path", ["/deployments/all.csv", "/incidents/all.ndjson"])
def test_nobody_and_tokens_are_sent_to_the_sign_in_page(client, example, path):
    for headers in ({}, bearer(make_token("admin")[1])):
        answer = client.get(f"{path}?{WEEK}", headers=headers)
        assert answer.status_code == 302 and answer["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("path", ["/api/v1/exports/slos.csv", "/api/v1/exports/teams.csv?bom=1"])
def test_nobody_gets_a_file_of_the_api(client, db, path):
    assert client.get(path).status_code == 401


def test_who_may_not_see_the_services_gets_no_row_of_them(client, alice, example, monkeypatch):
    client.force_login(alice)
    own = example["service"].pk
    seen = access.visible_services
    monkeypatch.setattr(access, "may_see_organisation", lambda actor: False)
    monkeypatch.setattr(access, "visible_services", lambda actor: seen(actor).exclude(pk=own))
    assert client.get(f"/deployments/all.csv?{WEEK}").status_code == 404
    assert client.get(f"/deployments/all.csv?{WEEK}&scope=service:{example['service'].slug}").status_code == 404
    body = client.get(f"/deployments/all.csv?{WEEK}&scope=team:pay").getvalue()
    assert example["service"].slug not in {row["service"] for row in table(body)}


def test_what_makes_no_sense_is_not_there(client, alice, example):
    client.force_login(alice)
    for path in ("/deployments/all.xlsx", "/incidents/all.exe", f"/deployments/all.csv?{WEEK}&scope=team:nope"):
        assert client.get(path).status_code == 404
    assert client.post(f"/deployments/all.csv?{WEEK}").status_code == 405
