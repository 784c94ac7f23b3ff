"""Mails on steps of error budgets, sent to a mail server of this machine or written as files."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from django.core import mail

from dashboard.env import email_settings
from dashboard.mails import steps
from dashboard.tasks import mail_steps
from scorecards.models import BudgetStep, GateSetting
from tests.dashboard.mails.sink import sink
from tests.dashboard.two_workers import by_two_workers
from tests.factories import join_team, make_service, make_team, make_user, own

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
FREEZE = [{"type": "freeze", "text": "Feature freeze - only critical fixes"}]


@pytest.fixture
def service(pay):
    pay.email = "payments@example.com"
    pay.save()
    return make_service("payments-api", pay, name="payments-api")


def reach(service, before="50", after="25", left=0.2, at=NOW, **fields) -> BudgetStep:
    said = {"slo_name": "availability", "actions": FREEZE} | fields
    return BudgetStep.objects.create(service=service, before=before, after=after, left=left, at=at, **said)


def use(settings, url: str) -> None:
    for name, value in email_settings(url).items():
        setattr(settings, name, value)


def test_it_mails_the_team_once(service):
    step = reach(service)
    assert steps.send(NOW) == 1
    assert steps.send(NOW + timedelta(hours=1)) == 0
    [sent] = mail.outbox
    assert (sent.to, sent.subject) == (["payments@example.com"], "payments-api: error budget at 25 %, feature freeze")
    assert sent.from_email == "plumbline@localhost"
    step.refresh_from_db()
    assert (step.mailed_at, step.mail_error, step.mail_lease_until) == (NOW, "", None)


def test_it_says_what_it_means_what_follows_and_where(service):
    reach(service)
    steps.send(NOW)
    assert mail.outbox[0].body == (
        "20 % of the error budget of payments-api is left of its objective availability.\n"
        "\n"
        "What the policy asks for now:\n"
        "- Feature freeze: Feature freeze - only critical fixes\n"
        "\n"
        "What happens next: At 0 % comes the next step. Deployments stopped: Stop all non-emergency deployments; "
        "Dedicated team: Assign dedicated team to reliability.\n"
        "The deployment gate is in dry-run: it tells pipelines what it would do, and stops none.\n"
        "\n"
        "http://localhost:8000/services/payments-api/reliability/\n"
        "\n"
        "Since Mon 2 Mar 2026, 12:00 UTC. You get this because your team owns the service.\n"
    )


def test_it_says_so_where_the_gate_is_enforced(service, olga):
    GateSetting.objects.create(mode="enforce", reason="A test.", by=olga, at=NOW)
    reach(service)
    steps.send(NOW)
    assert "The deployment gate is enforced" in mail.outbox[0].body


def test_its_html_escapes_what_others_wrote(service):
    reach(service, slo_name="<b>x</b>", actions=[{"type": "review", "text": "<script>alert(1)</script> & more"}])
    steps.send(NOW)
    [(html, kind)] = mail.outbox[0].alternatives
    assert kind == "text/html" and "<script>" not in html and "<b>" not in html
    assert "<script>alert(1)</script> & more" in mail.outbox[0].body


def test_it_mails_a_recovery_too(service):
    reach(service, "25", "50", 0.3)
    steps.send(NOW)
    assert mail.outbox[0].subject == "payments-api: error budget recovered above 25 %"


def test_it_mails_the_leads_where_the_team_has_no_address(service, pay, alice, bob):
    pay.email = ""
    pay.save()
    gone = make_user("gone", is_active=False)
    join_team(gone, pay, "lead")
    reach(service)
    steps.send(NOW)
    assert mail.outbox[0].to == ["alice@example.com"]


def test_it_mails_the_team_that_owns_the_service_today(service):
    own(make_team("search", email="search@example.com"), service, at=NOW + timedelta(minutes=1))
    reach(service)
    steps.send(NOW)
    assert mail.outbox[0].to == ["search@example.com"]


def test_it_says_where_nobody_can_be_mailed_and_tries_again(service, pay):
    pay.email = ""
    pay.save()
    step = reach(service)
    assert steps.send(NOW) == 0
    step.refresh_from_db()
    assert step.mail_error.startswith("Nobody to mail")
    pay.email = "payments@example.com"
    pay.save()
    assert steps.send(NOW + timedelta(minutes=1)) == 1


@pytest.mark.parametrize(("age", "count"), [(timedelta(hours=47), 1), (timedelta(days=2), 0)])
def test_it_mails_no_step_of_two_days_ago(service, age, count):
    reach(service, at=NOW - age)
    assert steps.send(NOW) == count


def test_it_waits_longer_after_each_failure(service, monkeypatch):
    step = reach(service)

    def fail(*said):
        raise OSError("the mail server is away")

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", fail)
    gaps, now = [], NOW
    for _ in range(8):
        assert steps.send(now) == 0
        step.refresh_from_db()
        assert step.mail_error == "OSError: the mail server is away"
        assert steps.send(step.mail_lease_until - timedelta(seconds=1)) == 0
        gaps.append((step.mail_lease_until - now) // timedelta(minutes=1))
        now = step.mail_lease_until
    assert gaps == [1, 1, 2, 4, 8, 16, 32, 60]
    monkeypatch.undo()
    assert steps.send(now) == 1


def test_a_failure_holds_up_no_other_mail(service):
    bad = make_service("bad", make_team("bad", email="a@b@c\r\nBcc: x@example.com"))
    reach(bad)
    reach(service)
    assert steps.send(NOW) == 1
    assert BudgetStep.objects.get(service=bad).mail_error


def test_what_a_dead_worker_claimed_is_mailed_once_its_claim_is_over(service):
    step = reach(service, mail_lease_until=NOW + timedelta(minutes=5))
    assert steps.send(NOW) == 0
    assert steps.send(NOW + timedelta(minutes=5)) == 1
    assert BudgetStep.objects.get(pk=step.pk).mailed_at is not None


def test_a_claim_lasts_however_long_the_mails_before_it_took(service, monkeypatch):
    """Each mail takes four minutes; another worker looks while the third is under way."""
    for _ in range(3):
        reach(service)
    clock = [0.0]
    monkeypatch.setattr(steps.time, "monotonic", lambda: clock[0])
    under_way = []

    def slowly(mail):
        under_way.append(mail)
        clock[0] += 240.0
        if len(under_way) == 3:
            assert steps.send(NOW + timedelta(seconds=clock[0])) == 0

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", slowly)
    assert steps.send(NOW) == 3
    assert len(under_way) == 3


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_mails(service):
    for _ in range(20):
        reach(service)
    counts = by_two_workers(lambda: steps.send(NOW))
    assert sum(counts) == len(mail.outbox) == 20


def test_it_sends_by_smtp(service, settings):
    reach(service)
    with sink() as server:
        use(settings, f"smtp://127.0.0.1:{server.port}")
        assert steps.send(NOW) == 1
    [(recipients, body)] = server.messages
    assert recipients == ["payments@example.com"]
    sent = message_from_bytes(body, policy=policy.default)
    assert sent["Subject"] == "payments-api: error budget at 25 %, feature freeze"
    assert sent["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in sent.iter_parts()] == ["text/plain", "text/html"]


def test_it_keeps_what_the_mail_server_said(service, settings):
    step = reach(service)
    with sink(refuses="550 no such user") as server:
        use(settings, f"smtp://127.0.0.1:{server.port}")
        assert steps.send(NOW) == 0
    step.refresh_from_db()
    assert "no such user" in step.mail_error
    assert steps.send(NOW + timedelta(minutes=1)) == 0  # nobody listens there any more
    step.refresh_from_db()
    assert "ConnectionRefusedError" in step.mail_error


def test_it_writes_a_file_a_message(service, settings, tmp_path):
    reach(service)
    reach(service, "25", "0", -0.1)
    folder = tmp_path / "a folder" / "mail"
    use(settings, folder.as_uri())
    assert steps.send(NOW) == 2
    files = sorted(folder.iterdir())
    assert [path.suffix for path in files] == [".eml", ".eml"]
    assert files[0].stat().st_mode & 0o777 == 0o600
    sent = message_from_bytes(files[1].read_bytes(), policy=policy.default)
    assert (sent["To"], sent["From"]) == ("payments@example.com", "plumbline@localhost")
    assert "-10 % of the error budget" in sent.get_body(("plain",)).get_content()


def test_the_task_mails_what_waits(service):
    reach(service, at=datetime.now(UTC))
    assert mail_steps() == 1
