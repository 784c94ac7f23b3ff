"""Facts that change hands: a placeholder's repository becomes known, services are merged."""

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from ingest.facts import bulk
from ingest.facts.join import Joined
from ingest.facts.tables import CHANGES, PULL_REQUESTS, FactTable
from ingest.models import Deployment, Repository


def move_repository_facts(old: Repository, new: Repository) -> None:
    """Move all commits and pull requests of ``old`` to ``new``; what both know is joined."""
    for table in (CHANGES, PULL_REQUESTS):
        _move(table, old.pk, new.pk)
    Deployment.objects.filter(repository=old).update(repository=new, updated_at=timezone.now())


def _move(table: FactTable, old: int, new: int) -> None:
    rows = _all(table, old)
    held: dict[Any, tuple[int, Joined]] = {}

    def read(cells: Iterator[Any]) -> None:
        for row in cells:
            pk, identity, joined = table.read(row)
            held[identity[1]] = (pk, joined)

    bulk.select(table.model, table.selected, table.key, [(new, key) for key in rows], table.key_types, read)
    now = timezone.now()
    both = []
    for key, (_, joined) in rows.items():
        if key in held:
            pk, target = held[key]
            target.merge(joined)
            if target.changed:
                both.append([pk, *table.row(target, now)])
    bulk.delete(table.model, [rows[key][0] for key in rows if key in held])
    bulk.update(table.model, table.written, both)
    moved = [[rows[key][0], new, now] for key in rows if key not in held]
    bulk.update(table.model, ("repository", "updated_at"), moved)


def _all(table: FactTable, repository_id: int) -> dict[Any, tuple[int, Joined]]:
    names = table.selected
    attributes = [name if name != "repository" else "repository_id" for name in names]
    found: dict[Any, tuple[int, Joined]] = {}
    for row in table.model._default_manager.filter(repository=repository_id).values_list(*attributes).iterator():
        pk, identity, joined = table.read(row)
        found[identity[1]] = (pk, joined)
    return found
