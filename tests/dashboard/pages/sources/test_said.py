"""What observations say in a few words."""

from datetime import timedelta

import pytest

from dashboard.pages.sources.said import counted, sentence, together
from ingest.parsers.observation import (
    ChangeSeen,
    DeploymentSeen,
    IncidentSeen,
    PullRequestSeen,
    RepositoryRef,
    RepositorySeen,
    ServiceSeen,
    TeamSeen,
)
from tests.factories import NOON

PAY = RepositoryRef("acme/pay", "1")


def deployment(**said):
    return DeploymentSeen(NOON, "k", "github/1/77", None, PAY, "production", None, said)


def incident(**said):
    return IncidentSeen(NOON, "k", "i1", "pay", None, None, None, said)


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (deployment(terminal="succeeded"), "deployment 77 of acme/pay to production: succeeded"),
        (deployment(progress="running"), "deployment 77 of acme/pay to production: running"),
        (
            DeploymentSeen(NOON, "k", "argocd/x/2026-03-09T10:00:00Z", "pay", None, None, None, {"version": "1.4.2"}),
            "deployment 1.4.2 of pay",
        ),
        (incident(opened_at=NOON, severity="sev2", title="Slow"), "incident of pay “Slow”: opened, sev2"),
        (incident(acknowledged_at=NOON), "incident of pay: acknowledged"),
        (incident(resolved_at=NOON), "incident of pay: resolved"),
        (incident(resolved_at=None), "incident of pay: told of"),
        (PullRequestSeen(NOON, "k", 7, None, PAY, None, {"merged_at": NOON}), "pull request 7 of acme/pay: merged"),
        (PullRequestSeen(NOON, "k", 7, None, None, None, {"title": "x"}), "pull request 7: told of"),
        (ChangeSeen(NOON, "k", "a" * 40, None, PAY, None, {}), "change aaaaaaaaaa of acme/pay"),
        (RepositorySeen(NOON, "k", PAY, {}), "repository acme/pay"),
        (ServiceSeen(NOON, "k", "pay", {}), "service pay"),
        (TeamSeen(NOON, "k", "payments", {}), "team payments"),
    ],
)
def test_it_says_each_in_a_few_words(seen, words):
    assert sentence(seen) == words


def test_it_counts_the_rest_by_kind():
    assert counted([deployment(), incident(), incident()]) == "1 deployment, 2 incidents"


def test_it_tells_one_fact_once():
    asked, done = deployment(sha="a" * 40), deployment(terminal="failed")._replace(at=NOON + timedelta(minutes=1))
    (only,) = together([asked, done])
    assert sentence(only) == "deployment 77 of acme/pay to production: failed"
    assert len(together([asked, incident(), done])) == 2
