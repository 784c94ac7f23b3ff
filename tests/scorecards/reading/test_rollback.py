"""Entry points of a rollback, what scripts are unsafe for, and commands that deploy."""

import pytest

from ingest.repository.memory import tree_of
from scorecards.reading.commands import deeds, deploys, imperative_deploys, release_name
from scorecards.reading.rollback.entries import documentation, entries
from scorecards.reading.rollback.policies import policies
from scorecards.reading.rollback.safety import issues

NAMES = ("production", "prod")


def found_in(path: str, text: str) -> list[str]:
    tree = tree_of({path: text})
    script = tree.shell(path)
    assert script is not None
    return [issue.text for issue in issues(tree, path, script)]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("kubectl apply -f deploy.yaml", True),
        ("kubectl set image deploy/pay app=pay:2", True),
        ("kubectl create -f deploy.yaml", True),
        ("kubectl create secret generic x", False),
        ("kubectl get pods", False),
        ("kubectl apply --dry-run=client -f deploy.yaml", False),
        ("kubectl apply -f argocd/app.yaml", False),
        ("kubectl apply -f https://example.dev/x.yaml", False),
        ("kubectl apply -n production -f deploy.yaml", True),
        ("helm upgrade --install pay charts/pay", True),
        ("helm template pay charts/pay", False),
        ("helm upgrade --install cert-manager jetstack/cert-manager", False),
        ("oc rollout undo deploy/pay", True),
        ("skaffold run", True),
        ("echo kubectl apply", False),
    ],
)
def test_it_tells_commands_that_deploy_past_a_reconciler(command: str, told: bool) -> None:
    (deed,) = deeds(tree_of({"deploy.sh": f"{command}\n"}))
    assert deploys(deed) is told


def test_it_names_the_release_that_helm_changes() -> None:
    names = [
        release_name(deed)
        for deed in deeds(tree_of({"a.sh": "helm upgrade -n x pay c/pay\nhelm upgrade $NAME c\nls\n"}))
    ]
    assert names == ["pay", "", ""]


@pytest.mark.parametrize("path", ["test/e2e/deploy.sh", "hack/deploy.sh", "deploy-staging.sh"])
def test_it_leaves_scripts_for_tests_and_other_environments_alone(path: str) -> None:
    assert imperative_deploys(tree_of({path: "kubectl apply -f x.yaml\n"}), NAMES) == []


def test_it_leaves_previews_of_changes_alone() -> None:
    text = "on: pull_request\njobs: {a: {runs-on: x, steps: [{run: kubectl apply -f x.yaml}]}}\n"
    path = ".github/workflows/change.yml"
    assert imperative_deploys(tree_of({path: text}), NAMES) == []
    assert imperative_deploys(tree_of({path: text.replace("pull_request", "push")}), NAMES) != []


# ---------------------------------------------------------------- entry points


@pytest.mark.parametrize(
    ("path", "text", "unit"),
    [
        ("ops/rollback.sh", "helm rollback $1\n", "script ops/rollback.sh"),
        ("Makefile", "rollback:\n\tkubectl rollout undo deploy/pay\n", "target rollback of Makefile"),
        (".github/workflows/r.yml", "name: Roll back\non: workflow_dispatch\njobs: {a: {steps: [{run: ls}]}}\n",
         "workflow .github/workflows/r.yml"),
        ("playbooks/rollback.yml", "- hosts: all\n  tasks: []\n", "playbook playbooks/rollback.yml"),
    ],
)  # fmt: skip
def test_it_finds_an_entry_point(path: str, text: str, unit: str) -> None:
    assert [entry.unit for entry in entries(tree_of({path: text}))] == [unit]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("ops/rollback.sh", "echo nothing\n"),  # it calls no tool
        ("db/rollback-migration.sh", "kubectl exec x\n"),  # it takes back a schema
        ("ops/deploy.sh", "helm rollback pay\n"),
        (".github/workflows/r.yml", "name: Rollback\non: push\njobs: {a: {runs-on: x, steps: [{run: ls}]}}\n"),
    ],
)
def test_it_takes_nothing_else_for_an_entry_point(path: str, text: str) -> None:
    assert entries(tree_of({path: text})) == []


def test_it_finds_the_page_that_names_an_entry_point() -> None:
    pages = {"CHANGELOG.md": "rollback.sh", "README.md": "# a\n\nTo roll back: rollback.sh\n"}
    tree = tree_of({"ops/rollback.sh": "helm rollback $1\n", **pages})
    place = documentation(tree, entries(tree)[0])
    assert place is not None and (place.path, place.line) == ("README.md", 3)


def test_it_reads_a_policy_inside_a_map_with_the_lines_of_the_file() -> None:
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: p}\n"
    text = f"{head}data:\n  p.yaml: |\n    rollback_triggers:\n    - {{action: now}}\n"
    (policy,) = policies(tree_of({"a.yaml": text}))
    assert policy.place.line == 6
    assert policy.actions["now"].line == 7


# ---------------------------------------------------------------- safety


def test_it_finds_nothing_in_a_safe_script() -> None:
    assert found_in("a.sh", '#!/bin/bash\nset -euo pipefail\nname="$1"\nkubectl get "$name"\n') == []


@pytest.mark.parametrize(
    ("line", "issue"),
    [
        ('kubectl get "$NAME"', "variable NAME is never set"),
        ("X=1; kubectl get $X", "$X is not quoted"),
        ("kubectl get pods > /tmp/pods.txt", "a file of a known name in /tmp: use mktemp"),
        ("kubectl get x --export", "kubectl --export is deprecated"),
        ("kubectl apply --dry-run -f x", "kubectl --dry-run needs client or server"),
        ("kubectl get deploy x -o jsonpath='{..image}' | cut -d: -f2",
         "an image is cut at the first colon, which a registry's port has too"),
    ],
)  # fmt: skip
def test_it_finds_an_issue(line: str, issue: str) -> None:
    assert found_in("a.sh", f"#!/bin/bash\nset -euo pipefail\n{line}\n") == [issue]


@pytest.mark.parametrize(
    "line",
    [
        'kubectl get "${NAME:-pay}"',
        'kubectl get "${NAME:?}"',
        'if [[ -z "$NAME" ]]; then exit 1; fi; kubectl get "$NAME"',
        'read -r NAME; kubectl get "$NAME"',
        'for NAME in a b; do kubectl get "$NAME"; done',
        'kubectl get "$HOME" "$GITHUB_SHA" "$1"',
    ],
)
def test_it_accepts_a_variable_that_is_set_defaulted_or_tested(line: str) -> None:
    assert found_in("a.sh", f"#!/bin/bash\nset -euo pipefail\n{line}\n") == []


def test_it_asks_a_posix_shell_for_what_it_has() -> None:
    assert found_in("a.sh", "#!/bin/sh\nset -eu\nkubectl get pods\n") == []
    assert found_in("a.sh", "#!/bin/bash\nset -eu\nkubectl get pods\n") == ["strict mode lacks pipefail"]
