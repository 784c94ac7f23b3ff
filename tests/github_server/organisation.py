"""An organisation at GitHub in memory: repositories, teams, hooks, and what happens to them while a test runs."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import RLock

from tests.github_server.records import Account, Hook, Repository, Team
from tests.github_server.running import Running

REDELIVERED_FOR = timedelta(days=3)


@dataclass(eq=False)
class Organisation(Running):
    """All that the server shows. ``lock`` is held for each answer; take it for changes that belong together.

    ``names``: the number of the repository that a full name leads to, also the names that it had before.
    """

    people: list[Account] = field(default_factory=list)
    teams: list[Team] = field(default_factory=list)
    repositories: list[Repository] = field(default_factory=list)
    hooks: list[Hook] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock, repr=False)

    def repository(self, name: str) -> Repository:
        """By its name in the organisation. Raises ``LookupError``."""
        found = self.find(f"{self.account.login}/{name}")
        if found is None:
            raise LookupError(name)
        return found

    def find(self, full_name: str) -> Repository | None:
        """By its name, or one it had before, in any case of letters; ``None`` also where it was deleted."""
        number = self.names.get(full_name.lower())
        return self.numbered(number) if number is not None else None

    def numbered(self, number: int) -> Repository | None:
        return next((one for one in self.repositories if one.number == number and not one.deleted), None)

    @property
    def visible(self) -> list[Repository]:
        """The organisation's own that are not deleted."""
        return [one for one in self.repositories if not one.deleted and one.owner is self.account]

    def person(self, login: str) -> Account:
        """Raises ``LookupError``."""
        found = next((one for one in [*self.people, self.account] if one.login.lower() == login.lower()), None)
        if found is None:
            raise LookupError(login)
        return found

    def team(self, slug: str) -> Team:
        """Raises ``LookupError``."""
        found = next((team for team in self.teams if team.slug == slug), None)
        if found is None:
            raise LookupError(slug)
        return found

    # ------------------------------------------------------------ repositories

    def add_repository(self, name: str, *, at: datetime | None = None, private: bool = True) -> Repository:
        """An empty one. A name that another had before is its own from here on."""
        at = self.at(at)
        made = Repository(self.next_id(), name, self.account, at, at, at, private=private)
        self.repositories.append(made)
        self.names[made.full_name.lower()] = made.number
        self.note(at, "repository", "created", made, self.account)
        return made

    def rename(self, repository: Repository, name: str, *, at: datetime | None = None) -> None:
        """Its old name leads to it until another takes it."""
        at, old = self.at(at), repository.name
        repository.name, repository.updated_at = name, at
        self.names[repository.full_name.lower()] = repository.number
        told = {"repository": {"name": {"from": old}}}
        self.note(at, "repository", "renamed", repository, self.account, changes=told)

    def transfer(self, repository: Repository, owner: Account, *, at: datetime | None = None) -> None:
        """To another owner; the organisation's teams lose it."""
        at, old = self.at(at), repository.owner
        repository.owner, repository.updated_at = owner, at
        self.names[repository.full_name.lower()] = repository.number
        for team in self.teams:
            team.permissions.pop(repository.number, None)
        word = "organization" if old.kind == "Organization" else "user"
        told = {"owner": {"from": {word: {"login": old.login, "id": old.number, "node_id": old.node_id}}}}
        self.note(at, "repository", "transferred", repository, self.account, changes=told)

    def archive(self, repository: Repository, *, at: datetime | None = None) -> None:
        at = self.at(at)
        repository.archived, repository.updated_at = True, at
        self.note(at, "repository", "archived", repository, self.account)

    def delete(self, repository: Repository, *, at: datetime | None = None) -> None:
        at = self.at(at)
        repository.deleted = True
        self.note(at, "repository", "deleted", repository, self.account)

    # ------------------------------------------------------------ hooks

    def add_hook(self, url: str, secret: str = "", *, repository: Repository | None = None, events: str = "*") -> Hook:
        """Of the organisation, or of a repository. ``events``: names with spaces between, or ``*``."""
        number = repository.number if repository else None
        hook = Hook(self.next_id(), url, secret, events.split(), number, self.now)
        self.hooks.append(hook)
        return hook

    def hook(self, number: int, repository: Repository | None) -> Hook | None:
        place = repository.number if repository else None
        return next((one for one in self.hooks if one.number == number and one.repository == place), None)


def make(
    repositories: int = 50,
    seed: int = 1,
    *,
    login: str = "acme",
    commits: int = 60,
    pulls: int = 15,
    deployments: int = 20,
    days: int = 75,
) -> Organisation:
    """An organisation with a history of ``days`` before ``NOW``: the same arguments, the same organisation."""
    from tests.github_server.generate import fill

    account = Account(900_000 + sum(login.encode()), login, login.title(), f"hello@{login}.example", "Organization")
    organisation = Organisation(account)
    fill(organisation, repositories, seed, commits=commits, pulls=pulls, deployments=deployments, days=days)
    return organisation
