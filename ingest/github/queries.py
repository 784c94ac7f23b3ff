"""(pure) The GraphQL queries that we ask GitHub. Docs: docs.github.com/graphql/reference."""

from collections.abc import Sequence

RESOURCES = ("commits", "pull_requests", "issues", "deployments", "releases", "tags")
MOST_COMMITS = 250  # of one pull request; GitHub lists no more
PROBED_COMMITS = 10  # newest commits of the default branch whose check suites tell of new workflow runs

_COMMIT = """
  oid message authoredDate committedDate committedViaWeb author { name email user { login } }
  parents(first: 10) { nodes { oid } }
"""
_ACTOR = "{ __typename login }"
_PULL_REQUEST = f"""
  id number title url state isDraft createdAt updatedAt closedAt mergedAt baseRefName headRefName
  author {_ACTOR} labels(first: 50) {{ nodes {{ name }} }}
  mergeCommit {{ oid messageHeadline authoredDate parents(first: 2) {{ nodes {{ oid }} }} }}
  commits(first: 100) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ commit {{ {_COMMIT} }} }} }}
  reviews(first: 50) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ state submittedAt author {_ACTOR} }} }}
"""
_DEPLOYMENT = f"""
  id databaseId commitOid ref {{ name }} environment originalEnvironment task payload createdAt creator {_ACTOR}
  statuses(first: 50) {{ nodes {{ state createdAt environment logUrl }} }}
"""
_RELEASE = "id databaseId tagName isDraft isPrerelease createdAt publishedAt url author { login } tagCommit { oid }"
_TAG = "name target { ... on Commit { oid committedDate } }"
_ISSUE = """
  id number title url state stateReason body createdAt updatedAt closedAt labels(first: 50) { nodes { name } }
"""
_BY_CREATION = "orderBy: {field: CREATED_AT, direction: DESC}"
_BY_UPDATE = "orderBy: {field: UPDATED_AT, direction: DESC}"
_BY_COMMIT = 'refPrefix: "refs/tags/", orderBy: {field: TAG_COMMIT_DATE, direction: DESC}'
_PAGE = "pageInfo { hasNextPage endCursor }"

COMMITS = f"""
query Commits($id: ID!, $head: GitObjectID!, $first: Int!, $after: String, $since: GitTimestamp) {{
  node(id: $id) {{ ... on Repository {{ object(oid: $head) {{ ... on Commit {{
    history(first: $first, after: $after, since: $since) {{ {_PAGE} nodes {{ {_COMMIT} }} }}
  }} }} }} }}
}}"""


def _connection(name: str, asks: str, node: str, variables: str = "") -> str:
    return f"""
query {name.title().replace("_", "")}($id: ID!, $first: Int!, $after: String{variables}) {{
  node(id: $id) {{ ... on Repository {{
    page: {asks} {{ {_PAGE} nodes {{ {node} }} }}
  }} }}
}}"""


PAGES = {
    "pull_requests": _connection(
        "pull_requests", f"pullRequests(first: $first, after: $after, {_BY_UPDATE})", _PULL_REQUEST
    ),
    "issues": _connection(
        "issues", f"issues(first: $first, after: $after, labels: [$label], {_BY_UPDATE})", _ISSUE, ", $label: String!"
    ),
    "deployments": _connection(
        "deployments", f"deployments(first: $first, after: $after, {_BY_CREATION})", _DEPLOYMENT
    ),
    "releases": _connection("releases", f"releases(first: $first, after: $after, {_BY_CREATION})", _RELEASE),
    "tags": _connection("tags", f"refs(first: $first, after: $after, {_BY_COMMIT})", _TAG),
}

MORE_COMMITS = f"""
query MoreCommits($id: ID!, $after: String!) {{
  node(id: $id) {{ ... on PullRequest {{
    page: commits(first: 100, after: $after) {{ {_PAGE} nodes {{ commit {{ {_COMMIT} }} }} }}
  }} }}
}}"""
MORE_REVIEWS = f"""
query MoreReviews($id: ID!, $after: String!) {{
  node(id: $id) {{ ... on PullRequest {{
    page: reviews(first: 100, after: $after) {{ {_PAGE} nodes {{ state submittedAt author {_ACTOR} }} }}
  }} }}
}}"""

TEAMS = f"""
query Teams($login: String!, $after: String) {{
  organization(login: $login) {{ teams(first: 50, after: $after) {{ {_PAGE} nodes {{
    id slug name repositories(first: 100) {{ {_PAGE} edges {{ permission node {{ databaseId }} }} }}
  }} }} }}
}}"""
MORE_TEAM_REPOSITORIES = f"""
query MoreTeamRepositories($id: ID!, $after: String!) {{
  node(id: $id) {{ ... on Team {{
    page: repositories(first: 100, after: $after) {{ {_PAGE} edges {{ permission node {{ databaseId }} }} }}
  }} }}
}}"""
CODE_OWNERS = """
query CodeOwners($id: ID!) {
  node(id: $id) { ... on Repository {
    first: object(expression: "HEAD:.github/CODEOWNERS") { ... on Blob { text } }
    second: object(expression: "HEAD:CODEOWNERS") { ... on Blob { text } }
    third: object(expression: "HEAD:docs/CODEOWNERS") { ... on Blob { text } }
  } }
}"""


def probe(labels: Sequence[Sequence[str]], with_runs: Sequence[bool]) -> str:
    """What is newest of several repositories, in one query, and how what is watched looks by now.

    Variables: ``ids``, the node ids of the repositories, in the order of ``labels`` (each repository's labels of
    incidents) and ``with_runs``; ``watched``, node ids of deployments, releases and issues.
    """
    variables = "".join(f", $i{index}: ID!" for index in range(len(labels)))
    labelled = "".join(f", $l{index}x{place}: String!" for index, own in enumerate(labels) for place in range(len(own)))
    parts = [
        f"r{index}: node(id: $i{index}) {{ ... on Repository {{ {_probed(index, len(own), runs)} }} }}"
        for index, (own, runs) in enumerate(zip(labels, with_runs, strict=True))
    ]
    return f"""
query Probe($watched: [ID!]!{variables}{labelled}) {{
  {" ".join(parts)}
  watched: nodes(ids: $watched) {{
    ... on Deployment {{ {_DEPLOYMENT} repository {{ id }} }}
    ... on Release {{ {_RELEASE} repository {{ id }} }}
    ... on Issue {{ {_ISSUE} repository {{ id }} }}
  }}
}}"""


def _probed(index: int, labels: int, runs: bool) -> str:
    suites = (
        f"history(first: {PROBED_COMMITS}) {{ nodes {{ checkSuites(first: 20) {{ nodes {{ updatedAt status"
        " workflowRun { databaseId updatedAt } } } } }"
    )
    issues = " ".join(
        f"issues{place}: issues(first: 1, labels: [$l{index}x{place}], {_BY_UPDATE}) {{ nodes {{ updatedAt }} }}"
        for place in range(labels)
    )
    return f"""
      databaseId nameWithOwner isArchived pushedAt updatedAt
      defaultBranchRef {{ name target {{ oid ... on Commit {{ committedDate {suites if runs else ""} }} }} }}
      pull_requests: pullRequests(first: 1, {_BY_UPDATE}) {{ nodes {{ updatedAt }} }}
      deployments(first: 1, {_BY_CREATION}) {{ nodes {{ createdAt }} }}
      releases(first: 1, {_BY_CREATION}) {{ totalCount nodes {{ createdAt }} }}
      tags: refs(first: 1, {_BY_COMMIT}) {{ totalCount nodes {{ {_TAG} }} }}
      {issues}"""
