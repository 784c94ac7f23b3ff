"""``manage.py load_catalogue``: from a file to owners, and what it prints."""

from datetime import date
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from ingest.models import ChangedService, Ownership, Service, Team
from scorecards.models import StoredSummary
from tests import factories

pytestmark = pytest.mark.django_db
GOOD = """
version: 1
teams: [{slug: pay, name: Payments}]
services:
  - {slug: checkout, team: pay, tier: critical, since: 2026-01-05}
  - {slug: Old Shop, retired: 2026-02-01}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "teams.yaml"
    path.write_text(GOOD)
    return path


def test_it_loads_a_file_and_tells_what_it_did(file, capsys):
    call_command("load_catalogue", str(file))
    assert capsys.readouterr() == ("1 team, 2 services, 1 retired or back in use\n", "")
    assert Team.objects.get(slug="pay").name == "Payments"
    assert dict(Service.objects.values_list("slug", "retired_on")) == {"checkout": None, "old-shop": date(2026, 2, 1)}
    assert ChangedService.objects.count() == 0


def test_it_changes_nothing_when_it_is_loaded_again(file):
    for _ in range(2):
        call_command("load_catalogue", str(file))
    assert (Ownership.objects.count(), Service.objects.count()) == (1, 2)


def test_it_tells_each_problem_with_its_line_loads_the_rest_and_exits_with_1(file, capsys):
    file.write_text(GOOD + "  - slug: ledger\n    tier: gold\n---\napiVersion: x\nkind: User\n")
    with pytest.raises(SystemExit) as stop:
        call_command("load_catalogue", str(file))
    assert stop.value.code == 1
    out, err = capsys.readouterr()
    assert out == "1 team, 2 services, 1 retired or back in use, 1 problem, left out\n"
    assert err.splitlines() == [
        f"{file}:8: “tier” is gold; it must be 1, 2, 3, critical, standard or low.",
        f"{file}:10: User is skipped: only Component and Group are read.",
    ]
    assert Service.objects.count() == 2


def test_it_says_that_a_file_is_not_there(tmp_path):
    with pytest.raises(CommandError, match="can't be read: No such file"):
        call_command("load_catalogue", str(tmp_path / "none.yaml"))


def test_it_drops_summaries_that_still_count_a_retired_service(file):
    StoredSummary.objects.create(
        scope="org", environment_class="production", interval="all", starts_on=date(2026, 1, 1),
        ends_on=date(2026, 2, 1), as_of=date(2026, 2, 1), connected=True, version=0, figures="{}",
    )  # fmt: skip
    factories.make_service("old-shop")
    call_command("load_catalogue", str(file))
    assert not StoredSummary.objects.exists()
