"""GraphQL: queries are checked against the schema, counted, run, and told wrong as GitHub does."""

from typing import Any

import pytest
import requests
from graphql import GraphQLObjectType, GraphQLSchema, get_named_type

from tests.github_server.graphql import _schema
from tests.github_server.organisation import Organisation
from tests.github_server.server import Server
from tests.github_server.shapes import time

DEPTH = 4


def _ask(session: requests.Session, server: Server, query: str, **variables: Any) -> dict[str, Any]:
    answer = session.post(f"{server.url}/graphql", json={"query": query, "variables": variables})
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


PULLS = """
query Pulls($owner: String!, $name: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequests(first: 4, after: $after, orderBy: {field: UPDATED_AT, direction: DESC}) {
      totalCount pageInfo { endCursor hasNextPage }
      nodes { number state mergedAt mergeCommit { oid } commits(first: 100) { nodes { commit { oid } } } }
    }
  }
}
"""


def test_it_pages_through_pull_requests(session: requests.Session, server: Server, organisation: Organisation) -> None:
    held, after, found = organisation.repositories[0], None, []
    while True:
        told = _ask(session, server, PULLS, owner="acme", name=held.name, after=after)
        page = told["data"]["repository"]["pullRequests"]
        found += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    known = {one.number: one for one in held.pulls}
    assert sorted(row["number"] for row in found) == sorted(known)
    for row in found:
        one = known[row["number"]]
        assert row["mergedAt"] == time(one.merged_at)
        assert (row["mergeCommit"] or {}).get("oid") == (one.merge_sha if one.merged_at else None)
        assert [commit["commit"]["oid"] for commit in row["commits"]["nodes"]] == one.commits


def test_an_update_while_paging_moves_it_to_the_front(
    session: requests.Session, server: Server, organisation: Organisation
) -> None:
    held = organisation.repositories[0]
    first = _ask(session, server, PULLS, owner="acme", name=held.name)["data"]["repository"]["pullRequests"]
    moved = sorted(held.pulls, key=lambda one: (one.updated_at, one.id), reverse=True)[6]
    organisation.review(moved, organisation.person("alice"))
    after = first["pageInfo"]["endCursor"]
    second = _ask(session, server, PULLS, owner="acme", name=held.name, after=after)
    numbers = [row["number"] for row in second["data"]["repository"]["pullRequests"]["nodes"]]
    assert moved.number not in numbers
    assert not {row["number"] for row in first["nodes"]} & set(numbers)


HISTORY = """
query History($name: String!, $after: String, $since: GitTimestamp) {
  repository(owner: "acme", name: $name) { defaultBranchRef { target { ... on Commit {
    history(first: 10, after: $after, since: $since) {
      nodes { oid parents(first: 5) { nodes { oid } } author { user { login } } } pageInfo { endCursor hasNextPage }
    } } } } }
}
"""


def _history(told: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = told["data"]["repository"]["defaultBranchRef"]["target"]["history"]
    return found


def test_history_is_narrowed_by_time(session: requests.Session, server: Server, organisation: Organisation) -> None:
    held = organisation.repositories[0]
    known = held.history(held.branches["main"])
    found = _history(_ask(session, server, HISTORY, name=held.name, since=time(known[3].committed_at)))
    assert [row["oid"] for row in found["nodes"]] == [
        one.sha for one in known if one.committed_at >= known[3].committed_at
    ]


def test_history_goes_on_from_the_same_commit(
    session: requests.Session, server: Server, organisation: Organisation
) -> None:
    held = organisation.repositories[0]
    first = _ask(session, server, HISTORY, name=held.name)["data"]["repository"]["defaultBranchRef"]["target"][
        "history"
    ]
    known = held.history(held.branches["main"])
    assert [row["oid"] for row in first["nodes"]] == [one.sha for one in known[:10]]
    assert first["pageInfo"]["endCursor"] == f"{known[0].sha} 9"
    organisation.push(held, "One more", organisation.person("bob"))
    told = _ask(session, server, HISTORY, name=held.name, after=first["pageInfo"]["endCursor"])
    assert told["errors"][0]["type"] == "INVALID_CURSOR_ARGUMENTS"


def test_deployments_come_with_their_statuses(
    session: requests.Session, server: Server, organisation: Organisation
) -> None:
    held = organisation.repositories[1]
    query = """query($name: String!) { repository(owner: "acme", name: $name) {
      deployments(first: 100, environments: ["production"], orderBy: {field: CREATED_AT, direction: DESC}) { nodes {
        databaseId commitOid environment payload state latestStatus { state } creator { login __typename }
        statuses(first: 50) { nodes { state createdAt logUrl } } } } } }"""
    found = _ask(session, server, query, name=held.name)["data"]["repository"]["deployments"]["nodes"]
    known = [one for one in reversed(held.deployments) if one.environment == "production"]
    assert [row["databaseId"] for row in found] == [one.number for one in known]
    for row, one in zip(found, known, strict=True):
        states = [(status.state.upper(), time(status.created_at)) for status in reversed(one.statuses)]
        assert [(status["state"], status["createdAt"]) for status in row["statuses"]["nodes"]] == states
        assert row["creator"] == {"login": "deploy-bot[bot]", "__typename": "Bot"}


def test_what_is_lost_is_told_beside_the_rest(
    session: requests.Session, server: Server, organisation: Organisation
) -> None:
    held = organisation.repositories[0]
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Repository { name } } }"
    told = _ask(session, server, query, ids=[held.node_id, "R_none"])
    assert told["data"]["nodes"] == [{"id": held.node_id, "name": held.name}, None]
    assert (told["errors"][0]["type"], told["errors"][0]["path"]) == ("NOT_FOUND", ["nodes", 1])


def test_everything_is_found_by_its_id(session: requests.Session, server: Server, organisation: Organisation) -> None:
    held = organisation.repositories[2]
    rows = (held.pulls[0], held.issues[0], held.deployments[0], held.releases[0], held.runs[0])
    ids = [one.node_id for one in (held, *rows, held.history(held.branches["main"])[0], organisation.teams[0])]
    told = _ask(session, server, "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
    assert [row["id"] for row in told["data"]["nodes"]] == ids


def test_a_repository_that_is_not_there_is_null(session: requests.Session, server: Server) -> None:
    told = _ask(session, server, '{ repository(owner: "acme", name: "none") { id } viewer { login } }')
    assert told["data"] == {"repository": None, "viewer": {"login": "alice"}}
    assert told["errors"][0]["message"] == "Could not resolve to a Repository with the name 'acme/none'."


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ('{ repository(owner: "acme", name: "x") { issues { totalCount } } }', "MISSING_PAGINATION_BOUNDARIES"),
        ('{ repository(owner: "acme", name: "x") { issues(first: 101) { totalCount } } }', "EXCESSIVE_PAGINATION"),
        (
            '{ organization(login: "acme") { repositories(first: 100) { nodes { pullRequests(first: 100) { nodes {'
            " commits(first: 100) { nodes { id } } } } } } } }",
            "MAX_NODE_LIMIT_EXCEEDED",
        ),
    ],
)
def test_a_query_without_bounds_is_refused(session: requests.Session, server: Server, query: str, kind: str) -> None:
    told = _ask(session, server, query)
    assert "data" not in told
    assert [error["type"] for error in told["errors"]] == [kind]


def test_a_misspelt_field_is_refused(session: requests.Session, server: Server) -> None:
    told = _ask(session, server, '{ repository(owner: "acme", name: "x") { nmae } }')
    assert "nmae" in told["errors"][0]["message"]


def test_a_query_costs_what_it_may_ask_for(session: requests.Session, server: Server) -> None:
    query = """{ organization(login: "acme") { repositories(first: 100) { nodes {
      issues(first: 50) { nodes { labels(first: 60) { totalCount } } } } } } rateLimit { cost nodeCount remaining } }"""
    told = _ask(session, server, query)["data"]["rateLimit"]
    assert told == {"cost": 51, "nodeCount": 305_100, "remaining": 4949}


def test_points_run_out(session: requests.Session, server: Server) -> None:
    server.limits.exhaust("graphql")
    assert _ask(session, server, "{ viewer { login } }")["errors"][0]["type"] == "RATE_LIMITED"
    assert session.get(f"{server.url}/user").status_code == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"query": 1}'])
def test_what_is_no_query_is_refused(session: requests.Session, server: Server, body: bytes) -> None:
    assert session.post(f"{server.url}/graphql", data=body).status_code == 400


def test_who_is_not_signed_in_is_refused(server: Server) -> None:
    assert requests.post(f"{server.url}/graphql", json={"query": "{ viewer { login } }"}).status_code == 401


@pytest.mark.parametrize("place", ["Repository", "Organization", "Commit"])
def test_every_field_of_the_schema_gives_something(
    session: requests.Session, server: Server, organisation: Organisation, place: str
) -> None:
    held = organisation.repositories[1]
    organisation.deploy(held, organisation.person("alice"), ref="main")
    node = {
        "Repository": held.node_id,
        "Organization": organisation.account.node_id,
        "Commit": held.commits[held.branches["main"]].node_id,
    }[place]
    fields = _everything(_schema(), place, DEPTH)
    told = _ask(session, server, f'{{ node(id: "{node}") {{ ... on {place} {{ {fields} }} }} }}')
    assert told.get("errors", []) == []
    assert told["data"]["node"]["id"] == node


SIZES = {"first": "2", "refPrefix": '"refs/heads/"', "qualifiedName": '"main"', "tagName": '"v1.1.0"', "slug": '"pay"'}
LEFT_OUT = ("issue", "pullRequest", "repository", "object")


def _everything(schema: GraphQLSchema, name: str, depth: int) -> str:
    """All fields of a type, and of what is below, as a selection; without those that need to know a number."""
    kind = schema.type_map[name]
    if not isinstance(kind, GraphQLObjectType):
        return "__typename id" if hasattr(kind, "fields") and "id" in kind.fields else "__typename"
    parts = ["__typename"]
    for field, told in kind.fields.items():
        below = get_named_type(told.type)
        if (name in ("Repository", "Organization") and field in LEFT_OUT) or (depth <= 0 and hasattr(below, "fields")):
            continue
        args = ", ".join(f"{arg}: {SIZES[arg]}" for arg in told.args if arg in SIZES)
        nested = f" {{ {_everything(schema, below.name, depth - 1)} }}" if hasattr(below, "fields") else ""
        parts.append(f"{field}{f'({args})' if args else ''}{nested}")
    return " ".join(parts)
