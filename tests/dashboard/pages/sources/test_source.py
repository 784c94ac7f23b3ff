"""``/sources/<source>/``: how it is doing, what came, what may be changed."""

import logging
import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ingest.inbox.manage import add_secret, create_source, pause
from ingest.inbox.secrets import fingerprint, unseal
from ingest.inbox.sources import local_git, native
from ingest.models import Deployment, Source
from ingest.parsers.senders import SENDERS
from tests.factories import NOON, make_delivery

pytestmark = pytest.mark.django_db


def path_of(source) -> str:
    return f"/sources/{source.public_id}/"


def words(answer) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def change(staff, source, action, **fields):
    return staff.post(path_of(source), {"action": action} | fields)


@pytest.mark.parametrize("kind", sorted(SENDERS))
def test_it_shows_every_kind_as_waiting_and_looks_again_by_itself(staff, kind):
    source, _ = create_source(kind, "Mine", {}, by="olga")
    page = staff.get(path_of(source)).content.decode()
    assert "Waiting for the first delivery." in page
    assert f'hx-get="{path_of(source)}state/" hx-trigger="every 3s"' in page


@pytest.mark.parametrize("of", [native, local_git])
def test_it_shows_sources_that_were_not_set_up(staff, of):
    source = of()
    make_delivery(source=source, status="processed", kind="event")
    page = staff.get(path_of(source))
    assert page.status_code == 200
    assert "hx-trigger" not in page.content.decode()
    assert staff.get(f"{path_of(source)}trial/")["Location"] == path_of(source)
    assert change(staff, source, "make-secret").status_code == 403


def test_it_tells_what_a_delivery_gave_and_links_to_the_fact(staff, made, send):
    assert send(*made) == 202
    page = staff.get(path_of(made[0]))
    assert "deployment 77 of acme/pay to production: succeeded" in words(page)
    assert f'href="/deployments/{Deployment.objects.get().pk}/"' in page.content.decode()
    assert "hx-trigger" not in page.content.decode()
    assert "Receiving: the last delivery came just now." in words(page)


def test_it_tells_why_a_delivery_was_ignored_or_refused_or_waits(staff, made, send):
    source, secret = made
    send(source, secret, None)
    make_delivery(source=source, status="quarantined", error="“id” is missing", received_at=NOON)
    make_delivery(source=source, received_at=NOON)
    text = words(staff.get(path_of(source)))
    assert "ignored ping" in text
    assert "quarantined “id” is missing" in text
    assert "waits It is read in a moment." in text


def test_it_looks_again_while_deliveries_are_to_be_read_unless_it_is_paused(staff, made, send):
    source, secret = made
    send(source, secret)
    source.deliveries.update(status="pending")
    assert 'hx-trigger="every 3s"' in staff.get(path_of(source)).content.decode()
    Source.objects.update(paused_at=NOON)
    assert "hx-trigger" not in staff.get(path_of(source)).content.decode()
    Source.objects.update(paused_at=None)
    source.deliveries.update(status="processed")
    assert "hx-trigger" not in staff.get(path_of(source)).content.decode()


def test_it_leads_from_what_was_set_aside_to_its_payload_and_the_replay(staff, made):
    source, _ = made
    make_delivery(source=source, status="quarantined", error="“id” is missing")
    href = f"/data/deliveries/?status=quarantined&amp;source={source.public_id}"
    assert f'<a href="{href}">Payload, what to do, replay</a>' in staff.get(path_of(source)).content.decode()
    make_delivery(source=source, status="ignored", note="Nothing is kept of it.")
    assert staff.get(path_of(source)).content.decode().count("what to do, replay") == 1


def test_it_tells_when_the_options_of_today_would_read_it_otherwise(staff, made, send):
    source, secret = made
    send(source, secret)
    Source.objects.update(options={"deploys_by": "releases"})
    assert "by the options of today it would be ignored" in words(staff.get(path_of(source)))
    Source.objects.update(options={"deploys_by": "nothing"})
    assert "by the options of today it would be refused" in words(staff.get(path_of(source)))


def test_it_tells_of_refused_signatures_until_one_fits(staff, made, send):
    source, secret = made
    assert [send(source, "another") for _ in range(3)] == [401] * 3
    text = words(staff.get(path_of(source)))
    assert "3 deliveries were refused, the last just now: the signature did not fit." in text
    send(source, secret)
    text = words(staff.get(path_of(source)))
    assert "Receiving" in text and "3 refused for the signature, last just now : look whether the secret" in text


def test_it_asks_the_database_as_often_for_twenty_deliveries_as_for_one(staff, made, send):
    source, secret = made
    send(source, secret)
    counts = []
    for round in range(2):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            staff.get(f"{path_of(source)}state/")
        counts.append(len(queries))
        for place in range(20):
            make_delivery(
                source=source, status="processed", headers={"x-github-event": "ping"}, key=f"more-{round}-{place}"
            )
    assert counts[0] == counts[1]


def test_it_survives_a_body_that_is_hostile(staff, made):
    for number, body in enumerate((b"[" * 5_000, b"\xff", b"{}", b"null", b"")):
        make_delivery(
            source=made[0], status="processed", body=body, key=f"b{number}", headers={"x-github-event": "deployment"}
        )
    assert staff.get(path_of(made[0])).status_code == 200


def test_it_escapes_what_senders_wrote(staff, made):
    make_delivery(source=made[0], status="ignored", note="<script>alert(1)</script>", kind="<b>x")
    page = staff.get(path_of(made[0])).content.decode()
    assert "<script>alert" not in page and "<b>x" not in page


def test_it_renames_pauses_and_resumes(staff, made):
    source = made[0]
    assert "is called Org" in words(staff.post(path_of(source), {"action": "rename", "name": "Org"}, follow=True))
    assert "is paused" in words(staff.post(path_of(source), {"action": "pause"}, follow=True))
    make_delivery(source=source)
    assert "what comes is kept and not read; 1 delivery waits" in words(staff.get(path_of(source)))
    assert "goes on" in words(staff.post(path_of(source), {"action": "resume"}, follow=True))
    assert Source.objects.get().paused_at is None


def test_a_paused_source_offers_to_resume_alone(staff, made):
    pause(made[0], NOON, by="olga")
    page = staff.get(path_of(made[0])).content.decode()
    assert 'value="resume"' in page and 'value="pause"' not in page


def test_it_makes_a_second_secret_and_shows_it_this_once(staff, made, send):
    source, old = made
    answer = change(staff, source, "make-secret", newest=fingerprint(old))
    new = unseal(Source.objects.get().secrets)[0]
    assert new in answer.content.decode()
    assert new not in staff.get(path_of(source)).content.decode()
    assert send(source, new) == 202
    assert send(source, old) in (200, 202)


def test_it_asks_before_it_retires_a_secret(staff, made):
    source, old = made
    add_secret(source, newest=fingerprint(old), by="olga")
    asked = change(staff, source, "retire", secret=fingerprint(old))
    assert f"signed with the secret {fingerprint(old)[:6]} is refused from then on. It was never used." in words(asked)
    assert len(unseal(Source.objects.get().secrets)) == 2
    change(staff, source, "retire", secret=fingerprint(old), confirm="1")
    assert old not in unseal(Source.objects.get().secrets)


def test_it_refuses_to_retire_the_last_secret(staff, made):
    source, secret = made
    answer = change(staff, source, "retire", secret=fingerprint(secret), confirm="1")
    assert answer.status_code == 422
    assert "The last secret can't be retired" in words(answer)


def test_it_keeps_a_secret_that_the_sender_made_and_never_shows_it(staff, made, send):
    source, old = made
    told = "made by the sender"
    answer = change(staff, source, "enter-secret", newest=fingerprint(old), secret=told)
    assert answer.status_code == 302
    assert send(source, told) == 202
    assert told not in staff.get(path_of(source)).content.decode()
    short = change(staff, source, "enter-secret", newest=fingerprint(told), secret="short")
    assert short.status_code == 422
    assert 'value="short"' not in short.content.decode()


def test_it_says_so_where_the_secrets_can_not_be_read(staff, olga, made, settings):
    settings.SECRET_KEY = "another"
    staff.force_login(olga)
    assert "SECRET_KEY has changed" in words(staff.get(path_of(made[0])))
    assert "SECRET_KEY has changed" in words(change(staff, made[0], "make-secret", newest=""))


def test_it_changes_options_and_shows_them_again(staff, made):
    source = made[0]
    change(staff, source, "options", deploys_by="tags", more='{"tags": ["v*"]}')
    assert Source.objects.get().options == {"deploys_by": "tags", "tags": ["v*"]}
    form = staff.get(path_of(source)).context["options"]
    assert (form["deploys_by"].value(), "v*" in form["more"].value()) == ("tags", True)
    answer = change(staff, source, "options", more='{"tags": 1}')
    assert answer.status_code == 422
    assert Source.objects.get().options == {"deploys_by": "tags", "tags": ["v*"]}


def test_it_names_each_option_as_messages_do(staff, made):
    text = words(staff.get(path_of(made[0])))
    assert "The first that is there counts. Several with commas. Option service_keys." in text
    assert "One of them, so that nothing counts twice. Option deploys_by." in text


@pytest.mark.parametrize("kind", sorted(SENDERS))
def test_it_tries_every_kind_and_keeps_nothing(staff, kind):
    source, secret = create_source(kind, "Mine", {}, by="olga")
    answer = staff.get(f"{path_of(source)}trial/")
    assert "fits" in words(answer) and "would give" in words(answer)
    assert "refused" not in words(answer)
    assert secret not in answer.content.decode()
    assert "curl -sS" in words(answer)
    assert not source.deliveries.exists()


def test_it_logs_no_secret(staff, made, caplog):
    source, old = made
    with caplog.at_level(logging.DEBUG):
        change(staff, source, "make-secret", newest=fingerprint(old))
    new = unseal(Source.objects.get().secrets)[0]
    assert "given a new secret by olga" in caplog.text
    assert new not in caplog.text and old not in caplog.text
