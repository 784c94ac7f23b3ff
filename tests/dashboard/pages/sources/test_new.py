"""``/sources/`` and ``/sources/new/<kind>/``."""

import re
from html import unescape

import pytest

from ingest.inbox.secrets import unseal
from ingest.models import Source
from ingest.parsers.senders import SENDERS

pytestmark = pytest.mark.django_db
PLACE = "abcdefghijklmnop"


def text_of(answer) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def sent(staff, kind="github", **fields):
    return staff.post(f"/sources/new/{kind}/", {"name": "Acme", "public_id": PLACE} | fields)


def test_an_empty_list_says_what_can_be_connected(staff):
    page = staff.get("/sources/").content.decode()
    assert "Nothing is connected yet" in page
    for kind in SENDERS:
        assert f'href="/sources/new/{kind}/"' in page


def test_it_lists_what_is_connected_with_its_state(staff, made, send):
    send(*made)
    text = text_of(staff.get("/sources/"))
    assert "Acme GitHub receiving just now 1 deployments, changes, pull requests, incidents" in text


@pytest.mark.parametrize("kind", sorted(SENDERS))
def test_it_makes_a_source_of_every_kind_and_says_what_to_paste_where(staff, settings, kind):
    settings.BASE_URL = "https://plumbline.example"
    assert staff.get(f"/sources/new/{kind}/").status_code == 200
    answer = sent(staff, kind)
    source = Source.objects.get()
    (secret,) = unseal(source.secrets)
    text = text_of(answer)
    assert f"https://plumbline.example/ingest/{kind}/{PLACE}/" in text
    assert secret in text
    assert (source.name, source.kind) == ("Acme", kind)


def test_it_shows_the_secret_this_once(staff, made):
    secret = made[1]
    for path in ("/sources/", f"/sources/{made[0].public_id}/", f"/sources/{made[0].public_id}/trial/", "/data/"):
        assert secret not in staff.get(path).content.decode()


def test_a_form_that_is_sent_twice_makes_one_source(staff):
    sent(staff)
    answer = sent(staff)
    assert answer["Location"] == f"/sources/{PLACE}/"
    assert Source.objects.count() == 1


def test_it_keeps_options_as_the_parser_reads_them(staff):
    sent(staff, deploys_by="tags", service_keys="svc, app", environment="", more='{"branches": ["main"]}')
    assert Source.objects.get().options == {"deploys_by": "tags", "service_keys": ["svc", "app"], "branches": ["main"]}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": ""}, "This field is required"),
        ({"deploys_by": "pigeons"}, "Select a valid choice"),
        ({"deploys_by": "workflow_runs"}, "workflows or jobs must name some"),
        ({"environment": "x" * 201}, "environment must be a text of 1 to 200"),
        ({"more": "{"}, "This is not valid JSON"),
        ({"more": "[" * 9_000}, "This is not valid JSON"),
        ({"more": "[]"}, "Write an object"),
        ({"more": '{"tagz": 1}'}, "The option tagz is not known"),
        ({"more": '{"environment": 1}'}, "environment must be a text"),
        ({"more": '{"tags": "a\\u0000"}'}, "NUL"),
        ({"more": '{"environment": "\\ud800"}'}, "half a character"),
        ({"more": '{"environment": NaN}'}, "no number"),
        ({"public_id": "../../x"}, "can't be read"),
    ],
)
def test_it_says_beside_the_field_what_is_to_mend_and_makes_nothing(staff, fields, message):
    answer = sent(staff, **fields)
    assert answer.status_code == 422
    assert message in text_of(answer)
    assert not Source.objects.exists()


def test_a_refused_option_stands_beside_its_own_field(staff):
    answer = sent(staff, environment="x" * 201)
    assert list(answer.context["form"].errors) == ["environment"]


def test_it_says_that_github_can_be_read_without_a_webhook_and_where(staff):
    assert "also without a webhook" in staff.get("/sources/new/github/").content.decode()
    assert "also without a webhook" not in staff.get("/sources/new/gitlab/").content.decode()
    answer = staff.post("/sources/new/github/", {"name": "Acme", "public_id": "A" * 16})
    assert f'<a href="/sources/{"A" * 16}/#github">Read GitHub by its API</a>' in answer.content.decode()
