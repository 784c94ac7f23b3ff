"""``/use-the-data/``: what it tells to paste leads somewhere, and its commands run against the site."""

import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from urllib.parse import urlsplit

import duckdb
import pytest
from django.db import connection
from django.urls import Resolver404, resolve
from django.utils import timezone

from dashboard.datasets.every import DATASETS
from dashboard.how_to import filled, how_to, plain
from dashboard.pages.use_the_data import DASHBOARDS, TOOLS
from ingest.models import ChangedService
from scorecards.rollups.build import build_rollups
from tests.factories import bearer, make_deployment, make_service, make_token

URL = "https://plumbline.example"


def text_of(tool: str, url: str = URL) -> str:
    return plain(filled(how_to(f"use-{tool}"), url, "TOKEN"))


def code_of(tool: str, url: str) -> list[str]:
    return [block.code for block in filled(how_to(f"use-{tool}"), url, "TOKEN") if block.code]


# ---------------------------------------------------------------- the page


@pytest.mark.django_db
def test_it_tells_each_tool_and_dataset_with_this_site_s_address(client, charlie, settings):
    settings.BASE_URL = URL
    client.force_login(charlie)
    page = client.get("/use-the-data/").content.decode()
    for tool in TOOLS:
        assert f'<details class="tool" id="{tool}">' in page
    assert f"{URL}/odata/v4/" in page and "http://localhost:8000" not in page
    for name, dataset in DATASETS.items():
        assert f'id="data-{name}"' in page
        assert all(f"<code>{column.name}</code>" in page for column in dataset.columns)


@pytest.mark.django_db
def test_it_leads_who_may_make_tokens_there_and_tells_others_whom_to_ask(client, alice, charlie, bob):
    for person, may in ((alice, True), (charlie, True), (bob, False)):
        client.force_login(person)
        page = client.get("/use-the-data/").content.decode()
        assert ('href="/tokens/#make"' in page, "Ask the lead of your team" in page) == (may, not may)


@pytest.mark.django_db
def test_it_holds_no_token(client, alice):
    make_token()
    client.force_login(alice)
    assert not re.search(r"plb_[0-9a-f]{8}", client.get("/use-the-data/").content.decode())


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/use-the-data/", "/use-the-data/grafana-plumbline.json", "/api/docs/"])
def test_nobody_and_tokens_are_sent_to_the_sign_in_page(client, path):
    for headers in ({}, bearer(make_token("admin")[1])):
        answer = client.get(path, headers=headers)
        assert answer.status_code == 302 and answer["Location"].startswith("/sign-in/")


# ---------------------------------------------------------------- the texts


@pytest.mark.parametrize("tool", TOOLS)
def test_each_text_fills_in_all_of_it_and_says_what_it_is_in_a_sentence(tool):
    told = how_to(f"use-{tool}")
    assert told.says.endswith(".") and len(told.says) < 100
    assert "<<" not in text_of(tool)


@pytest.mark.parametrize("tool", TOOLS)
def test_each_address_is_one_of_the_site(tool):
    missing = []
    for address in re.findall(rf"{URL}(/[^\s\"')?]*)", text_of(tool)):
        try:
            resolve(urlsplit(address).path)
        except Resolver404:
            missing.append(address)
    assert missing == []


@pytest.mark.parametrize("tool", TOOLS)
def test_each_dataset_that_is_named_is_there(tool):
    named = re.findall(r"/exports/([a-z-]+)\.|/odata/v4/([a-z-]+)|Name = \"([a-z-]+)\"", text_of(tool))
    assert {name for names in named for name in names if name} - DATASETS.keys() == set()


@pytest.mark.django_db
def test_the_sets_that_are_named_are_in_the_feed(client):
    feed = client.get("/odata/v4/", headers=bearer(make_token()[1])).json()
    sets = {one["name"] for one in feed["value"]}
    named = {name for tool in TOOLS for name in re.findall(r"Name = \"([a-z-]+)\"|/odata/v4/([a-z-]+)", text_of(tool))}
    assert {name for names in named for name in names if name} <= sets


@pytest.mark.django_db
def test_the_columns_that_are_named_are_in_the_dataset():
    assert set(re.findall(r"\[([a-z_]+)\]", text_of("powerbi"))) <= set(DATASETS["deployments"].names)


@pytest.mark.django_db
def test_the_views_that_are_named_are_in_the_database():
    with connection.cursor() as cursor:
        views = {one.name for one in connection.introspection.get_table_list(cursor) if one.type == "v"}
    named = {name for tool in TOOLS for name in re.findall(r"bi_v\d_[a-z_]+", text_of(tool))} - {"bi_v1_"}
    assert len(named) > 2 and named <= views


@pytest.mark.django_db
@pytest.mark.parametrize("tool", TOOLS)
def test_the_queries_run(tool):
    for block in filled(how_to(f"use-{tool}"), URL, "TOKEN"):
        if block.title == "SQL":
            with connection.cursor() as cursor:
                cursor.execute(block.code)


@pytest.mark.django_db
def test_it_tells_where_the_database_is_and_never_its_password(client, charlie, monkeypatch):
    told = {"HOST": "db.example", "PORT": 6543, "NAME": "delivery", "USER": "owner", "PASSWORD": "hunter2"}
    client.force_login(charlie)
    for name, value in told.items():
        monkeypatch.setitem(connection.settings_dict, name, value)
    page = client.get("/use-the-data/").content.decode()
    assert "hunter2" not in page
    if connection.vendor == "postgresql":
        assert "host=db.example port=6543 dbname=delivery user=analyst" in page
    else:
        assert "host=HOST port=5432 dbname=DATABASE user=analyst" in page


@pytest.mark.parametrize("tool", TOOLS)
def test_no_token_stands_in_an_address(tool):
    assert not re.search(r"https?://\S*(?i:token)\S*", text_of(tool).replace("Bearer $TOKEN", ""))


# ---------------------------------------------------------------- Grafana


@pytest.mark.django_db
@pytest.mark.parametrize("name", DASHBOARDS)
def test_a_dashboard_is_a_file_with_this_site_s_address(client, charlie, settings, name):
    settings.BASE_URL = URL
    client.force_login(charlie)
    answer = client.get(f"/use-the-data/{name}.json")
    assert answer["Content-Disposition"] == f'attachment; filename="{name}.json"'
    assert "localhost" not in json.dumps(answer.json())
    assert client.get("/use-the-data/prometheus.json").status_code == 404


# ---------------------------------------------------------------- run


@pytest.fixture
def site(transactional_db, live_server):
    """A site with two deployments of one service and one of another; its address, and a variable with a token."""
    first, second = make_service("pay-api"), make_service("web")
    for service in (first, first, second):
        make_deployment(service, timezone.now() - timedelta(hours=1))
        ChangedService.objects.create(service=service)
    build_rollups()
    return live_server.url, os.environ | {"TOKEN": make_token()[1]}


def run(command: list[str], environment: dict[str, str], folder) -> str:
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


pytest_server = pytest.mark.filterwarnings("ignore:No directory at:UserWarning")


@pytest_server
def test_the_commands_of_curl_answer(site, tmp_path):
    url, environment = site
    metrics, export, changed = (
        run(["sh", "-c", f"{code} -sf"], environment, tmp_path) for code in code_of("curl", url)
    )
    assert json.loads(metrics)["results"]
    assert sorted(json.loads(line)["service"] for line in export.splitlines() if '"service"' in line) == [
        "pay-api", "pay-api", "web",
    ]  # fmt: skip
    assert "results" in json.loads(changed)


@pytest_server
def test_the_commands_of_duckdb_count_deployments(site, tmp_path):
    url, environment = site
    fetch, query = code_of("duckdb", url)
    run(["sh", "-c", f"{fetch} -sf"], environment, tmp_path)
    counted = duckdb.sql(query.replace("deployments.parquet", str(tmp_path / "deployments.parquet"))).fetchall()
    assert counted == [("pay-api", 2), ("web", 1)]


@pytest_server
def test_the_snippet_of_pandas_counts_deployments(site, tmp_path):
    url, environment = site
    [code] = code_of("pandas", url)
    said = run([sys.executable, "-c", code], environment, tmp_path)
    assert re.findall(r"^(\S+)\s+(\d+)$", said, re.MULTILINE) == [("pay-api", "2"), ("web", "1")]
