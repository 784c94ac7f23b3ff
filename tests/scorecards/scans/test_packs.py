"""Own packs: checked, previewed, published, withdrawn."""

from base64 import b64encode
from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from ingest.models import Repository, Service
from scorecards.models import ComplianceDay, ControlVerdict, Finding, OwnPack, Scan, ScanDue, VerdictChange
from scorecards.rules.facts import keep
from scorecards.rules.facts.kept import packed
from scorecards.scanning.engine import scan as engine_scan
from scorecards.scanning.result import Scanned
from scorecards.scans import schedule
from scorecards.scans.in_force import in_force
from scorecards.scans.packs import PackRefused, judge_waiting, preview, publish, save_draft, validate, withdraw
from scorecards.scans.store import store
from tests.factories import make_repository, make_service, make_team
from tests.scorecards.rules.judging import OWN_PACK, subject
from tests.scorecards.scans.scanning import DAY, NOON

pytestmark = pytest.mark.django_db

GOOD = {"Dockerfile": "FROM registry.acme.example/base/go:1\n"}
BAD = {"Dockerfile": "FROM alpine:3\n"}
DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: pay, namespace: shop}
spec: {template: {spec: {containers: [{name: pay, image: 'pay:1'}]}}}
"""


@pytest.fixture
def olga() -> User:
    return User.objects.create(username="olga", is_staff=True)


def keep_scan(files: dict[str, str], slug: str = "checkout", facts: bool = True, **service: object) -> Repository:
    """A scan of a few files by the standards in force, with the service and team ``pay`` that own them."""
    repository = make_repository(f"acme/{slug}", make_service(slug, make_team("pay"), **service))
    return rescan(repository, files, facts=facts)


def rescan(repository: Repository, files: dict[str, str], facts: bool = True, commit: str = "a") -> Repository:
    looked = subject(files, repository.name)
    conditions = in_force(DAY)
    result = engine_scan(looked, conditions.standards)
    result.commit = commit * 40
    result.facts = b64encode(packed(keep(looked))).decode() if facts else ""
    store(repository, result, conditions, trigger=Scan.Trigger.COMMAND, at=NOON)
    return repository


def published(by: User, text: str = OWN_PACK) -> OwnPack:
    return publish(save_draft(text, by), by, NOON)


def verdicts(control: str) -> dict[str, str]:
    return dict(ControlVerdict.objects.filter(control=control).values_list("service__slug", "verdict"))


# ---------------------------------------------------------------- checking


def test_the_example_is_sound():
    assert validate(OWN_PACK).problems == ()
    assert validate(OWN_PACK).is_sound


@pytest.mark.parametrize(
    ("old", "new", "line_of", "told"),
    [
        ("fact: is_external", "fact: is_externl", "is_externl", "Did you mean is_external"),
        (
            "{fact: tier, in: [critical, tier-1]}",
            "{fact: tier, in: [critical, 1]}",
            "[critical, 1]",
            "Put it in quotes",
        ),
        ("for-each: workflows", "for-each: workflow", "for-each: workflow\n", "Did you mean workflows"),
        ("code: acme", "code: dop", "code: dop", "is the standard's own"),
        ("id: ACME-4", "id: DOP-1.1-01", "id: DOP-1.1-01", "is in DOP already"),
        ("weight: 4", "weight: 9", "weight: 9", "from 1 to 5"),
    ],
)
def test_it_tells_what_is_wrong_with_its_line(old, new, line_of, told):
    text = OWN_PACK.replace(old, new, 1)
    found = validate(text)
    line = text[: text.index(line_of)].count("\n") + 1
    assert not found.is_sound
    assert [(problem.line, told in problem.message) for problem in found.problems] == [(line, True)]


@pytest.mark.parametrize(
    "text", ["", "[", "a: b", "- 1", "code: a\x00", "&a [*a]", "code: acme\nsections: {}", "💥" * 10]
)
def test_it_survives_any_text(text):
    assert not validate(text).is_sound


def test_a_signal_can_not_be_asked_for_in_an_own_pack():
    start = OWN_PACK.index("            rule:")
    end = OWN_PACK.index("            pass:")
    text = OWN_PACK[:start] + "            signal: x\n            signal_text: y\n" + OWN_PACK[end:]
    assert any("names a signal" in problem.message for problem in validate(text).problems)


def test_a_published_version_is_not_changed_silently(olga):
    published(olga)
    assert validate(OWN_PACK.replace("why: Base images", "why: All base images")).is_sound
    changed = OWN_PACK.replace("weight: 4", "weight: 5", 1)
    assert "Raise the version" in validate(changed).problems[0].message
    assert validate(changed.replace("version: 1.0.0", "version: 1.1.0")).is_sound


# ---------------------------------------------------------------- preview


def test_it_tells_who_would_change_before_anything_is_kept():
    keep_scan(GOOD, "checkout")
    keep_scan(BAD, "stock")
    found = preview(validate(OWN_PACK).standard, DAY)
    assert found.repositories == 2
    assert found.by_control["ACME-1"] == {"pass": 1, "fail": 1}
    effects = {effect.service.slug: effect for effect in found.services}
    changes = {
        slug: {one.control: (one.before, one.after) for one in effect.changes} for slug, effect in effects.items()
    }
    assert changes["checkout"]["ACME-1"] == ("", "pass")
    assert changes["stock"]["ACME-1"] == ("", "fail")
    assert (effects["stock"].met_before, effects["stock"].met_after) == ("", "not_met")
    assert [(team.team.slug, team.services, team.failing) for team in found.teams] == [("pay", 2, 1)]
    assert not ControlVerdict.objects.filter(standard="acme").exists()


def test_it_tells_only_what_differs_from_the_published_pack(olga):
    keep_scan(GOOD, "checkout")
    keep_scan(BAD, "stock")
    published(olga)
    assert preview(validate(OWN_PACK).standard, DAY).changed == ()
    looser = OWN_PACK.replace("{fact: registry, is: registry.acme.example}", "{fact: registry, exists: true}")
    changed = preview(validate(looser.replace("1.0.0", "1.1.0")).standard, DAY).changed
    assert [effect.service.slug for effect in changed] == ["stock"]
    assert [(one.control, one.before, one.after) for one in changed[0].changes] == [("ACME-1", "fail", "partial")]


def test_services_of_a_scan_without_facts_are_unknown_and_counted():
    keep_scan(GOOD, "checkout", facts=False)
    found = preview(validate(OWN_PACK).standard, DAY)
    assert (found.repositories, found.without_facts) == (1, 1)
    assert found.services[0].unknown_facts
    assert found.by_control == {}


def test_it_says_what_publishing_then_does(olga):
    """Two services in one repository, one with a part of its own, a fail waived in neither."""
    repository = keep_scan({}, "checkout", path_globs=["a/"])
    second = make_service("stock", make_team("ops"))
    Service.objects.filter(pk=second.pk).update(repository=repository)
    rescan(repository, {"a/Dockerfile": "FROM alpine:3\n", **GOOD}, commit="b")
    found = preview(validate(OWN_PACK).standard, DAY)
    foretold = {(effect.service.slug, one.control): one.after for effect in found.services for one in effect.changes}
    published(olga)
    kept = ControlVerdict.objects.filter(standard="acme").values_list("service__slug", "control", "verdict")
    told = {(slug, control): verdict for slug, control, verdict in kept if verdict != "not_applicable"}
    assert told == foretold
    assert foretold["checkout", "ACME-1"] == "fail"
    assert foretold["stock", "ACME-1"] == "pass"
    phases = {effect.service.slug: effect.after for effect in found.services}
    days = ComplianceDay.objects.filter(standard="acme", service__isnull=False)
    assert dict(days.values_list("service__slug", "phase")) == phases


def test_a_control_of_a_check_takes_what_the_standard_found(olga):
    start, end = OWN_PACK.index("            rule:"), OWN_PACK.index("            pass:")
    text = OWN_PACK[:start] + "            check: container-resources-set\n" + OWN_PACK[end:]
    keep_scan({"k8s.yaml": DEPLOYMENT}, "checkout")
    found = preview(validate(text).standard, DAY)
    assert found.by_control["ACME-1"] == {"fail": 1}
    published(olga, text)
    assert verdicts("ACME-1") == {"checkout": "fail"}
    assert Finding.objects.get(control="ACME-1").unit == Finding.objects.get(control="DOP-3.1-01").unit


# ---------------------------------------------------------------- publishing


def test_publishing_judges_every_repository_at_once(olga):
    keep_scan(GOOD, "checkout")
    keep_scan(BAD, "stock")
    row = published(olga)
    assert row.state == "published"
    assert verdicts("ACME-1") == {"checkout": "pass", "stock": "fail"}
    assert verdicts("ACME-2")["checkout"] == "not_applicable"
    finding = Finding.objects.get(standard="acme", control="ACME-1", service__slug="stock")
    assert (finding.outcome, finding.path, finding.evidence[0]["line"]) == ("fail", "Dockerfile", 1)
    assert set(VerdictChange.objects.filter(standard="acme").values_list("cause", flat=True)) == {"control"}
    assert ComplianceDay.objects.filter(standard="acme", team__slug="pay").exists()
    assert set(ScanDue.objects.values_list("reason", flat=True)) == {"conditions"}


def test_many_repositories_are_judged_in_the_background(olga, monkeypatch):
    monkeypatch.setattr("scorecards.scans.packs.publishing.AT_ONCE", 0)
    keep_scan(BAD, "stock")
    row = published(olga)
    assert verdicts("ACME-1") == {}
    schedule.keep(NOON)
    assert verdicts("ACME-1") == {"stock": "fail"}
    assert judge_waiting(NOON) == 0
    row.refresh_from_db()
    assert row.judged_at == NOON


def test_a_pack_waits_again_where_judging_failed(olga, monkeypatch):
    keep_scan(BAD, "stock")
    monkeypatch.setattr("scorecards.scans.packs.publishing.AT_ONCE", 0)
    row = published(olga)

    def broken(*told: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr("scorecards.scans.packs.publishing.store_judged", broken)
    with pytest.raises(RuntimeError):
        judge_waiting(NOON)
    row.refresh_from_db()
    assert row.judged_at is None


def test_other_standards_keep_their_findings(olga):
    keep_scan(BAD, "stock")
    before = set(Finding.objects.exclude(standard="acme").values_list("pk", "outcome"))
    published(olga)
    assert set(Finding.objects.exclude(standard="acme").values_list("pk", "outcome")) == before


def test_a_scan_says_the_same_as_the_kept_facts_did(olga):
    repository = keep_scan(BAD, "stock")
    published(olga)
    fields = ("control", "outcome", "unit", "message", "identity", "path", "pk")
    before = set(Finding.objects.filter(standard="acme").values_list(*fields))
    rescan(repository, BAD)
    assert set(Finding.objects.filter(standard="acme").values_list(*fields)) == before
    assert not VerdictChange.objects.filter(standard="acme").exclude(before="").exists()


def test_units_beyond_what_a_scan_keeps_are_unknown_everywhere(olga, monkeypatch):
    for module in ("scanning.engine", "scans.packs.judging", "scans.packs.effects"):
        monkeypatch.setattr(f"scorecards.{module}.MAX_FINDINGS", 2)
    files = {"Dockerfile": "FROM registry.acme.example/base/go:1\n" * 4}
    repository = keep_scan(files, "checkout")
    assert preview(validate(OWN_PACK).standard, DAY).by_control["ACME-1"] == {"unknown": 1}
    published(olga)
    kept = set(Finding.objects.filter(control="ACME-1").values_list("outcome", "unit", "message", "code"))
    assert {code for *_, code in kept} == {"", "too_many"}
    rescan(repository, files)
    assert set(Finding.objects.filter(control="ACME-1").values_list("outcome", "unit", "message", "code")) == kept


def test_a_new_version_takes_the_place_of_the_old_one(olga):
    keep_scan(BAD, "stock")
    first = published(olga)
    looser = OWN_PACK.replace("{fact: registry, is: registry.acme.example}", "{fact: registry, exists: true}")
    published(olga, looser.replace("version: 1.0.0", "version: 1.1.0"))
    first.refresh_from_db()
    assert first.state == "withdrawn"
    assert verdicts("ACME-1") == {"stock": "partial"}


def test_what_has_something_to_mend_is_kept_as_a_draft_but_not_published(olga):
    draft = save_draft(OWN_PACK.replace("fact: is_external", "fact: is_externl"), olga)
    with pytest.raises(PackRefused, match="Mend it first"):
        publish(draft, olga, NOON)
    assert OwnPack.objects.get().state == "draft"


def test_what_can_not_be_read_is_no_draft(olga):
    with pytest.raises(PackRefused):
        save_draft("code: [", olga)
    assert not OwnPack.objects.exists()


def test_there_is_one_draft_of_a_code(olga):
    first = save_draft(OWN_PACK, olga)
    assert save_draft(OWN_PACK.replace("1.0.0", "1.0.1"), olga).pk == first.pk


def test_a_pack_is_published_once(olga):
    row = published(olga)
    with pytest.raises(PackRefused, match="already"):
        publish(row, olga, NOON)


def test_withdrawing_takes_findings_and_verdicts_away(olga):
    keep_scan(BAD, "stock")
    row = published(olga)
    withdraw(row, olga, NOON + timedelta(hours=1))
    assert not Finding.objects.filter(standard="acme").exists()
    assert not ControlVerdict.objects.filter(standard="acme").exists()
    assert ControlVerdict.objects.exists()
    assert [standard.code for standard in in_force(DAY).standards] == ["DOP"]
    with pytest.raises(PackRefused):
        withdraw(row, olga, NOON)


def test_only_the_latest_scan_keeps_facts():
    repository = keep_scan(GOOD, "checkout")
    rescan(repository, BAD, commit="b")
    assert [scan.commit[0] for scan in Scan.objects.filter(facts__isnull=False)] == ["b"]
    refused = Scanned(commit="c" * 40, refused="gone")
    store(repository, refused, in_force(DAY), trigger=Scan.Trigger.COMMAND, at=NOON + timedelta(hours=1))
    assert [scan.commit[0] for scan in Scan.objects.filter(facts__isnull=False)] == ["b"]
