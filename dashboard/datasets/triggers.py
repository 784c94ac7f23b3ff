"""What the database itself notes for incremental readers: rows that leave a dataset, and rows whose neighbours changed.

A row leaves when it is deleted, by whom and however that is, when it is no longer what the dataset tells of, or for a
team when its service goes to another one. A row changes when what it tells of another table does: the slug of its
service, the name of its repository. No code of ours stands in the way of every statement that does so; triggers do, and
note it in the same transaction.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection, transaction

from dashboard.models import ApiToken
from ingest.models import (
    Change,
    Deployment,
    Environment,
    Incident,
    PullRequest,
    RemovedRow,
    Repository,
    Service,
    ServiceRepository,
    Slo,
    Team,
)
from ingest.models.catalogue import UNASSIGNED
from scorecards.models import (
    AdoptionDay,
    ComplianceDay,
    ControlInForce,
    ControlVerdict,
    DayRollup,
    Finding,
    JudgedDeployment,
    SloStanding,
    Waiver,
)

PREFIX = "told_"
MODELS = (
    RemovedRow, Team, Service, Repository, ServiceRepository, Environment, Deployment, Change, PullRequest, Incident,
    JudgedDeployment, ControlInForce, ControlVerdict, Finding, Waiver, Slo, SloStanding, DayRollup, AdoptionDay,
    ComplianceDay, get_user_model(), ApiToken,
)  # fmt: skip
(
    REMOVED, TEAM, SERVICE, REPOSITORY, LINK, ENVIRONMENT, DEPLOYMENT, CHANGE, PULL_REQUEST, INCIDENT, JUDGED, CONTROL,
    VERDICT, FINDING, WAIVER, SLO, STANDING, ROLLUP, ADOPTION, COMPLIANCE, USER, API_TOKEN,
) = TABLES = tuple(model._meta.db_table for model in MODELS)  # fmt: skip


@dataclass(frozen=True)
class Told:
    """The table that a dataset's rows lie in. ``team``: SQL for the id of who owns a row, which ``{row}`` stands for;
    ``only``: which of the table's rows are in the dataset; ``key`` and ``pk``: columns."""

    dataset: str
    table: str
    team: str = "NULL"
    only: str = ""
    key: str = "id"
    pk: str = "id"

    def removal(self, row: str, *, source: str = "", where: Sequence[str] = (), team: str = "") -> str:
        """A statement that notes rows as removed: ``row`` itself, or those of ``source`` under that name."""
        conditions = [*where, *([self.only.format(row=row)] if self.only else [])]
        told = (
            f'INSERT INTO {REMOVED} (dataset, "key", "row", team_id, at)'
            f" SELECT '{self.dataset}', CAST({row}.{self.key} AS {{text}}), {row}.{self.pk},"
            f" {team or self.team.format(row=row)}, {{now}}"
        )
        told += f" FROM {source} {row}" if source and source != row else f" FROM {row}" if source else ""
        return told + (f" WHERE {' AND '.join(conditions)}" if conditions else "")

    def touch(self, where: str) -> str:
        """A statement that dates rows anew."""
        only = f" AND {self.only.format(row=self.table)}" if self.only else ""
        return f"UPDATE {self.table} SET updated_at = {{now}} WHERE {where}{only}"  # noqa: S608


NOBODY = f"(SELECT id FROM {TEAM} WHERE slug = '{UNASSIGNED}')"  # noqa: S608
HELD_BY = f"COALESCE({{row}}.owner_id, {NOBODY})"  # of a service
OWNER = f"(SELECT {HELD_BY.format(row='held')} FROM {SERVICE} held WHERE held.id = {{row}}.service_id)"  # noqa: S608
# Of a team that went, as of what nobody owns, everybody is told.
SCOPE = f"COALESCE((SELECT id FROM {TEAM} WHERE id = {{row}}.team_id), {OWNER})"  # noqa: S608
FAILURES = Told("failures", JUDGED, OWNER, "{row}.failed", key="deployment_id", pk="deployment_id")
OF_SERVICES = (
    Told("deployments", DEPLOYMENT, OWNER),
    Told("incidents", INCIDENT, OWNER),
    FAILURES,
    Told("verdicts", VERDICT, OWNER),
    Told("findings", FINDING, OWNER),
    Told("waivers", WAIVER, OWNER),
    Told("slos", SLO, OWNER),
    Told("metrics-daily", ROLLUP, SCOPE, "{row}.tier = ''"),
    Told("adoption", ADOPTION, SCOPE),
    Told("scorecards", COMPLIANCE, SCOPE),
)
OF_SCOPES = OF_SERVICES[-3:]
OF_REPOSITORIES = (Told("changes", CHANGE), Told("pull-requests", PULL_REQUEST))
REPOSITORIES = Told("repositories", REPOSITORY)
SERVICES = Told("services", SERVICE, HELD_BY, key="slug")
TEAMS = Told("teams", TEAM, "{row}.id", key="slug")
CONTROLS = Told("controls", CONTROL, key="control")
EVERY = (TEAMS, SERVICES, REPOSITORIES, CONTROLS, *OF_REPOSITORIES, *OF_SERVICES)


@dataclass(frozen=True)
class Trigger:
    """``event``: as SQL writes it; ``when``: which rows (all by default); ``actions``: what follows, with ``OLD`` and
    ``NEW``, or, ``at_once`` of all rows that a statement deleted, with ``gone``. ``{{differs}}`` compares with nulls,
    ``{{now}}`` is the time, ``{{text}}`` the type. ``first``: what is locked before, on PostgreSQL, and how: whoever is
    writing a row that refers to it has to be done, so that the actions see that row. Without actions it stands alone,
    with all rows that a statement wrote as ``fresh``."""

    name: str
    table: str
    event: str
    actions: tuple[str, ...]
    when: str = ""
    at_once: tuple[str, ...] = ()
    first: tuple[str, ...] = ()


def triggers() -> Iterator[Trigger]:
    """All of them."""
    for told in EVERY:
        at_once = (told.removal("gone", source="gone"),)
        yield Trigger(f"{told.table}_gone", told.table, "DELETE", (told.removal("OLD"),), at_once=at_once)
    yield Trigger("no_failure", JUDGED, "UPDATE OF failed", (FAILURES_GONE,), "OLD.failed AND NOT NEW.failed")
    yield from _of_rows()
    yield from _of_services()
    yield from _of_links()
    yield from _of_others()
    yield from _of_teams()


MOVING = (DEPLOYMENT, INCIDENT, JUDGED, SLO)  # rows that may come to be of another service
# Rows of services that are written while nobody holds the service: it is held for them.
COMING = (FINDING, WAIVER, SLO, ADOPTION, COMPLIANCE)
FAILURES_GONE = Told("failures", JUDGED, OWNER, key="deployment_id", pk="deployment_id").removal("OLD")


def _of_rows() -> Iterator[Trigger]:
    """A row that another service, repository or team has from now on leaves the datasets of who saw the former one."""
    for told in (told for told in OF_SERVICES if told.table in MOVING):
        yield _moved(told, "service_id")
    for told in OF_REPOSITORIES:
        yield _moved(told, "repository_id")
    for told in (told for told in OF_SCOPES if told.table != ROLLUP):
        yield _moved(told, "team_id", told.touch("id = NEW.id"))
    for table in COMING:
        held = f"{SERVICE} WHERE id IN (SELECT service_id FROM fresh) ORDER BY id FOR KEY SHARE"  # noqa: S608
        yield Trigger(f"{table}_comes", table, "INSERT", (), first=(held,))


def _moved(told: Told, column: str, *more: str) -> Trigger:
    return Trigger(
        f"{told.table}_{column}", told.table, f"UPDATE OF {column}", (told.removal("OLD"), *more),
        f"OLD.{column} {{differs}} NEW.{column}",
    )  # fmt: skip


def _of_services() -> Iterator[Trigger]:
    own = "service_id = NEW.id"
    again = (SERVICES.touch("id = NEW.id"), *(told.touch(own) for told in OF_SERVICES))
    yield Trigger(
        "service_renamed", SERVICE, "UPDATE OF slug", (SERVICES.removal("OLD"), *again), "OLD.slug {differs} NEW.slug"
    )
    former, owner = HELD_BY.format(row="OLD"), HELD_BY.format(row="NEW")
    was = f"{former} IS NOT NULL"
    left = [told.removal("r", source=told.table, where=[f"r.{own}", was], team=former) for told in OF_SERVICES]
    gone = f"{{column}} IN ({_owned_alone(former)})"
    left += [
        told.removal("r", source=told.table, where=[gone.format(column=f"r.{column}"), was], team=former)
        for told, column in _by_repository()
    ]
    judged = f"standard IN (SELECT v.standard FROM {VERDICT} v WHERE v.service_id = NEW.id)"  # noqa: S608
    again += (CONTROLS.touch(judged),)  # which count the services of a team
    again += tuple(told.touch(f"{column} IN ({_owned_alone(owner)})") for told, column in _by_repository())
    linked = f"SELECT repository_id FROM {LINK} WHERE service_id = NEW.id"  # noqa: S608
    yield Trigger(
        "service_moved", SERVICE, "UPDATE OF owner_id", (SERVICES.removal("OLD", where=[was]), *left, *again),
        "OLD.owner_id {differs} NEW.owner_id",
        first=(
            f"{SERVICE} WHERE id = NEW.id FOR UPDATE",
            f"{REPOSITORY} WHERE id IN ({linked}) ORDER BY id FOR NO KEY UPDATE",
        ),
    )  # fmt: skip


def _owned_alone(team: str) -> str:
    """SQL for the repositories of the service ``NEW`` that no other service of the team is deployed from."""
    return (
        f"SELECT l.repository_id FROM {LINK} l WHERE l.service_id = NEW.id AND NOT EXISTS ("  # noqa: S608
        f"SELECT 1 FROM {LINK} o JOIN {SERVICE} s ON s.id = o.service_id WHERE o.repository_id = l.repository_id"
        f" AND s.id <> NEW.id AND {HELD_BY.format(row='s')} = {team})"
    )


def _of_links() -> Iterator[Trigger]:
    """A team sees a repository by the first service that is deployed from it, and no longer without the last."""
    others = (
        f"EXISTS (SELECT 1 FROM {LINK} l JOIN {SERVICE} s ON s.id = l.service_id"  # noqa: S608
        f" WHERE l.repository_id = {{link}}.repository_id AND {HELD_BY.format(row='s')} = {{owner}}"
    )
    new, old = (others.format(link=link, owner=OWNER.format(row=link)) for link in ("NEW", "OLD"))
    gained = tuple(
        told.touch(f"{column} = NEW.repository_id AND NOT {new} AND l.id <> NEW.id)")
        for told, column in _by_repository()
    )
    former = OWNER.format(row="OLD")
    lost = tuple(
        told.removal(
            "r", source=told.table, team=former,
            where=[f"r.{column} = OLD.repository_id", f"NOT {old})", f"{former} IS NOT NULL"],
        )
        for told, column in _by_repository()
    )  # fmt: skip
    came, left = (f"{REPOSITORY} WHERE id = {link}.repository_id FOR NO KEY UPDATE" for link in ("NEW", "OLD"))
    yield Trigger("repository_linked", LINK, "INSERT", gained, first=(came,))
    yield Trigger("repository_left", LINK, "DELETE", lost, first=(left,))
    both = f"{REPOSITORY} WHERE id IN (OLD.repository_id, NEW.repository_id) ORDER BY id FOR NO KEY UPDATE"
    yield Trigger("repository_relinked", LINK, "UPDATE OF service_id, repository_id", (*lost, *gained), first=(both,))


def _by_repository() -> list[tuple[Told, str]]:
    return [(REPOSITORIES, "id"), *((told, "repository_id") for told in OF_REPOSITORIES)]


def _of_others() -> Iterator[Trigger]:
    named = [told for told in OF_SERVICES if told.table in (DEPLOYMENT, FINDING, SLO)]
    yield Trigger(
        "repository_renamed", REPOSITORY, "UPDATE OF name",
        (
            REPOSITORIES.touch("id = NEW.id"),
            *(told.touch("repository_id = NEW.id") for told in (SERVICES, *OF_REPOSITORIES, *named)),
        ),
        "OLD.name {differs} NEW.name",
        first=(f"{REPOSITORY} WHERE id = NEW.id FOR NO KEY UPDATE",),
    )  # fmt: skip
    there = f"deployment_id IN (SELECT id FROM {DEPLOYMENT} WHERE environment_id = NEW.id)"  # noqa: S608
    yield Trigger(
        "environment_changed", ENVIRONMENT, "UPDATE OF name, environment_class",
        (*(told.touch("environment_id = NEW.id") for told in OF_SERVICES[:2]), FAILURES.touch(there)),
        "OLD.name {differs} NEW.name OR OLD.environment_class {differs} NEW.environment_class",
        first=(f"{ENVIRONMENT} WHERE id = NEW.id FOR UPDATE",),
    )  # fmt: skip
    yield Trigger(
        "user_renamed", USER, "UPDATE OF username",
        (f"UPDATE {WAIVER} SET updated_at = {{now}} WHERE requested_by_id = NEW.id OR decided_by_id = NEW.id",),  # noqa: S608
        "OLD.username {differs} NEW.username",
    )  # fmt: skip
    yield Trigger(
        "verdict_gone", VERDICT, "DELETE", (CONTROLS.touch("standard = OLD.standard AND control = OLD.control"),)
    )
    yield Trigger(
        "standing_gone", STANDING, "DELETE",
        (f"UPDATE {SLO} SET updated_at = {{now}} WHERE id = OLD.slo_id",),  # noqa: S608
    )  # fmt: skip


def _of_teams() -> Iterator[Trigger]:
    """What a team is told, and what is told of it."""
    yield Trigger(
        "team_renamed", TEAM, "UPDATE OF slug",
        (TEAMS.removal("OLD"), REPOSITORIES.touch("team_id = NEW.id"), *_all_of("NEW.id")),
        "OLD.slug {differs} NEW.slug",
        first=(f"{SERVICE} WHERE owner_id = NEW.id ORDER BY id FOR UPDATE",),
    )  # fmt: skip
    seen = (
        f"SELECT l.repository_id FROM {LINK} l JOIN {SERVICE} s ON s.id = l.service_id WHERE s.owner_id = NEW.team_id"  # noqa: S608
    )
    yield Trigger(
        "repository_given", REPOSITORY, "UPDATE OF team_id", (REPOSITORIES.touch("id = NEW.id"),),
        "OLD.team_id {differs} NEW.team_id",
    )  # fmt: skip
    yield Trigger(
        "token_moved", API_TOKEN, "UPDATE OF team_id",
        (
            f"UPDATE {REMOVED} SET team_id = NEW.team_id WHERE team_id = OLD.team_id",  # noqa: S608
            TEAMS.removal("t", source=TEAM, where=["t.id = OLD.team_id"], team="NEW.team_id"),
            TEAMS.touch("id = NEW.team_id"),
            *_all_of("NEW.team_id"),
            *(told.touch(f"{column} IN ({seen})") for told, column in _by_repository()),
        ),
        "OLD.team_id {differs} NEW.team_id",
    )  # fmt: skip


def _all_of(team: str) -> tuple[str, ...]:
    """Statements that date anew what is told of a team and of its services."""
    mine = f"service_id IN (SELECT id FROM {SERVICE} WHERE owner_id = {team})"  # noqa: S608
    return (
        SERVICES.touch(f"owner_id = {team}"),
        *(told.touch(mine) for told in OF_SERVICES),
        *(told.touch(f"team_id = {team}") for told in OF_SCOPES),
    )


# ---------------------------------------------------------------- in the database


def statements(trigger: Trigger) -> tuple[str, list[str]]:
    """Its name in the database, which changes with it, and the statements that make it."""
    sqlite = connection.vendor == "sqlite"
    words = {
        "differs": "IS NOT" if sqlite else "IS DISTINCT FROM",
        "now": "strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'" if sqlite else "clock_timestamp()",
        "text": "text" if sqlite else "varchar",
    }
    when = f" WHEN ({trigger.when.format(**words)})" if trigger.when else ""
    head = f"AFTER {trigger.event} ON {trigger.table} FOR EACH ROW{when}"
    actions = trigger.actions
    if trigger.at_once and not sqlite:
        head = f"AFTER {trigger.event} ON {trigger.table} REFERENCING OLD TABLE AS gone FOR EACH STATEMENT"
        actions = trigger.at_once
    if not actions:
        head = f"AFTER {trigger.event} ON {trigger.table} REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT"
    if not sqlite:
        actions = (*(f"PERFORM 1 FROM {rows}" for rows in trigger.first), *actions)
    body = "; ".join(action.format(**words) for action in actions)
    name = f"{PREFIX}{trigger.name}"[:50] + "_" + blake2b(f"{head} {body}".encode(), digest_size=4).hexdigest()
    if sqlite:
        return name, [f"CREATE TRIGGER {name} {head} BEGIN {body}; END"] if actions else []
    return name, [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NULL; END $$",
        f"CREATE TRIGGER {name} {head} EXECUTE FUNCTION {name}()",
    ]


def before_migrations(plan: Any = (), **kwargs: Any) -> None:
    """SQLite makes a changed table anew and stumbles over triggers meanwhile; they come back behind the migrations."""
    if plan and connection.vendor == "sqlite":
        _drop(_known())


def keep_noting(**kwargs: Any) -> None:
    """Have the database note from now on; nothing where it does already."""
    if not {*TABLES} <= set(connection.introspection.table_names()):
        _drop(_known())
        return
    wanted = {name: made for name, made in map(statements, triggers()) if made}
    known = _known()
    if known == wanted.keys():
        return
    with transaction.atomic():
        _drop(known - wanted.keys())
        with connection.cursor() as cursor:
            for name in sorted(wanted.keys() - known):
                for statement in wanted[name]:
                    cursor.execute(statement)


def _known() -> set[str]:
    query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s"
    if connection.vendor != "sqlite":
        query = "SELECT tgname FROM pg_trigger WHERE tgname LIKE %s AND NOT tgisinternal"
    with connection.cursor() as cursor:
        cursor.execute(query, [f"{PREFIX}%"])
        return {name for (name,) in cursor.fetchall()}


def _drop(names: set[str]) -> None:
    with connection.cursor() as cursor:
        for name in sorted(names):
            cursor.execute(
                f"DROP TRIGGER {name}" if connection.vendor == "sqlite" else f"DROP FUNCTION {name}() CASCADE"
            )
