"""What holds of every page: the policy, the door, the answers to what can't be shown."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from tests.dashboard.pages.conftest import WEEK
from tests.dashboard.pages.scanned import scan_service
from tests.factories import make_delivery, make_slo, make_standing, make_user

pytestmark = pytest.mark.django_db

PAGES = (
    "/",
    "/teams/",
    "/teams/payments/",
    "/services/pay/",
    "/deployments/",
    "/incidents/",
    "/data/",
    "/explain/lead_time/",
    "/explain/mttr/?scope=team:payments",
    "/standards/",
    "/standards/sections/1.1/",
    "/standards/DOP-1.1-03/",
    "/services/pay/standards/?show=all",
    "/teams/payments/standards/",
    "/waivers/",
    "/explain/standards/?scope=service:pay",
    "/reliability/",
    "/reliability/?state=none",
    "/services/pay/reliability/",
    "/gamedays/",
)


def pages(example):
    scan_service(example["service"], rest="fail")
    make_standing(make_slo(example["service"]), 0.2)
    return [*PAGES, f"/deployments/{example['d2'].pk}/", f"/incidents/{example['i1'].pk}/"]


def test_it_has_no_inline_style_script_or_handler_on_any_page(see, example):
    for path in pages(example):
        page = see(f"{path}{'&' if '?' in path else '?'}{WEEK}")
        assert not re.search(r"<[^>]+\sstyle=", page), path
        assert "<style" not in page, path
        assert not re.search(r"<[^>]+\son\w+=", page), path
        assert all("src=" in tag or "application/json" in tag for tag in re.findall(r"<script[^>]*>", page)), path


def test_it_names_every_page_and_marks_where_one_is(see, example):
    for path in pages(example):
        page = see(path)
        assert re.search(r"<title>[^<]+ · Plumbline</title>", page), path
        assert page.count("<h1>") == 1, path


def test_it_asks_for_a_sign_in(client, example):
    for path in pages(example):
        answer = client.get(path)
        assert answer.status_code == 302, path
        assert answer["Location"].startswith("/sign-in/"), path


def test_it_signs_in_and_out(client, example):
    make_user("dora", "correct horse battery")
    answer = client.post("/sign-in/", {"username": "dora", "password": "correct horse battery", "next": "/teams/"})
    assert answer["Location"] == "/teams/"
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert client.get("/").status_code == 302


def test_it_refuses_a_wrong_password_without_saying_which_part_was_wrong(client):
    make_user("dora", "correct horse battery")
    wrong = client.post("/sign-in/", {"username": "dora", "password": "x"}).content.decode()
    unknown = client.post("/sign-in/", {"username": "nobody", "password": "x"}).content.decode()
    assert "do not match" in wrong
    assert "do not match" in unknown


def test_it_does_not_send_one_elsewhere_after_the_sign_in(client):
    make_user("dora", "correct horse battery")
    said = {"username": "dora", "password": "correct horse battery", "next": "https://evil.example/"}
    assert client.post("/sign-in/", said)["Location"] == "/"


def test_it_signs_out_by_post_alone(client, alice):
    client.force_login(alice)
    assert client.get("/sign-out/").status_code == 405


def test_it_says_what_happened_when_it_breaks(client, alice, monkeypatch):
    client.force_login(alice)
    client.raise_request_exception = False
    monkeypatch.setattr("dashboard.pages.empty.is_empty", lambda: 1 / 0)
    answer = client.get("/")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.content.decode()


def test_it_serves_the_chart_library_to_be_kept(client):
    answer = client.get("/static-plotly/plotly.min.js")
    assert answer.status_code == 200
    assert "immutable" in answer["Cache-Control"]
    answer.close()


def test_it_says_how_fresh_the_data_is_and_warns_of_a_source_that_fell_silent(see, example):
    assert "nothing new since" in see("/teams/")
    make_delivery(status="processed", received_at=timezone.now())
    page = see("/teams/")
    assert "data as of" in page
    assert "nothing new since" not in page


def test_it_answers_programs_in_their_language(client):
    answer = client.get("/api/v1/nothing-here/")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 404


def test_it_says_what_to_do_with_a_form_that_is_out_of_date(alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    answer = client.post("/sign-out/")
    assert answer.status_code == 403
    assert "This form is out of date" in answer.content.decode()


@pytest.mark.parametrize(
    "path",
    [
        "/teams/%00/",
        "/services/a%00b/",
        "/deployments/?scope=team:%00",
        "/deployments/99999999999999999999999999/",
        "/incidents/99999999999999999999999999/",
    ],
)
def test_it_finds_nothing_where_no_row_can_be(see, path):
    see(path, 404)
