"""manage.py add_source."""

import pytest
from django.core.management import CommandError, call_command

from ingest.inbox.secrets import unseal
from ingest.models import Source
from ingest.parsers.senders import SENDERS

pytestmark = pytest.mark.django_db


def added(capsys, *arguments: str, **options: str) -> tuple[Source, str]:
    call_command("add_source", *arguments, **options)
    return Source.objects.get(kind="github"), capsys.readouterr().out


def test_it_prints_the_address_on_the_first_line_and_the_secret_it_made(capsys, settings):
    settings.BASE_URL = "https://plumbline.example.org"
    source, out = added(capsys, "github")
    assert out.splitlines()[0] == f"https://plumbline.example.org/ingest/github/{source.public_id}/"
    (secret,) = unseal(source.secrets)
    assert len(secret) >= 43
    assert secret in out
    assert secret not in str(source.secrets)
    assert "application/json" in out


def test_it_takes_a_secret_a_name_and_options(capsys):
    source, out = added(capsys, "github", secret="given by hand, long", name="Org", options='{"deploys_by": "tags"}')
    assert unseal(source.secrets) == ["given by hand, long"]
    assert "given by hand" not in out
    assert (source.name, source.options) == ("Org", {"deploys_by": "tags"})


@pytest.mark.parametrize("kind", sorted(SENDERS))
def test_it_tells_each_kind_how_to_set_it_up_with_the_address_alone_on_the_first_line(capsys, settings, kind):
    settings.BASE_URL = "https://plumbline.example.org"
    call_command("add_source", kind)
    source, out = Source.objects.get(), capsys.readouterr().out
    first, blank, *rest = out.splitlines()
    assert (first, blank) == (f"https://plumbline.example.org/ingest/{kind}/{source.public_id}/", "")
    assert source.public_id in "\n".join(rest)
    assert "<<" not in out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"secret": " "}, "An empty secret fits nothing"),
        ({"options": "{"}, "--options is not valid JSON"),
        ({"options": "[]"}, "must be an object"),
        ({"name": "N" * 201}, "--name: A name has 1 to 200"),
        ({"options": '{"deploys_by": "tag"}'}, "deploys_by is 'tag'"),
    ],
)
def test_it_refuses_what_makes_no_sense_and_makes_nothing(options, message):
    with pytest.raises(CommandError, match=message):
        call_command("add_source", "github", **options)
    assert not Source.objects.exists()


def test_it_refuses_a_kind_that_nobody_reads():
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("add_source", "carrier-pigeon")


@pytest.mark.parametrize(("base_url", "told"), [("http://localhost:8000", True), ("https://plumbline.example", False)])
def test_it_says_when_no_sender_can_reach_the_address(capsys, settings, base_url, told):
    settings.BASE_URL = base_url
    _, out = added(capsys, "github")
    assert ("set BASE_URL" in out) is told


def test_it_leads_who_names_prometheus_to_where_a_server_is_entered():
    with pytest.raises(CommandError, match="we ask it.*Data, Prometheus"):
        call_command("add_source", "prometheus")
    assert not Source.objects.exists()
