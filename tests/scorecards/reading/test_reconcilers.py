"""What reconcilers follow: environments, repositories, revisions, drift, variables."""

from datetime import date

import pytest

from ingest.repository.memory import tree_of
from scorecards.reading.reconcilers import applications, environment_of, flux_objects, kustomizations
from scorecards.reading.reconcilers.drift import hides
from scorecards.reading.reconcilers.environments import is_own, repository_of
from scorecards.reading.reconcilers.flux import folder_of, outdated, unknown_keys
from scorecards.reading.reconcilers.revisions import chart_firmness, firmness
from scorecards.reading.reconcilers.substitution import built_files, uses_below
from tests.scorecards.checks.delivery import APPLICATION, KUSTOMIZATION, SOURCE

NAMES = ("production", "prod")


@pytest.mark.parametrize(
    ("texts", "environment"),
    [
        (["pay-prod"], "production"),
        (["pay-staging"], "other"),
        (["pay"], ""),
        (["pay", "clusters/production/pay.yaml"], "production"),
        (["pay-dev", "clusters/production/pay.yaml"], "other"),  # the first text that tells
        (["prod/dev"], "other"),  # its last word
        (["pre-prod"], "other"),
        (["non_production"], "other"),
        (["product-catalogue"], ""),
    ],
)
def test_it_tells_production_from_other_environments(texts: list[str], environment: str) -> None:
    assert environment_of(texts, NAMES) == environment


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/acme/pay",
        "https://github.com/Acme/Pay.git",
        "git@github.com:acme/pay.git",
        "ssh://git@github.com:22/acme/pay",
        "https://token@github.com/acme/pay/",
    ],
)
def test_it_knows_its_own_repository_by_any_url(url: str) -> None:
    assert repository_of(url) == "acme/pay"
    assert is_own(url, "acme/pay")
    assert not is_own(url, "acme/ship")


def test_it_takes_every_repository_for_another_one_where_its_own_name_is_unknown() -> None:
    assert not is_own("https://github.com/acme/pay", "")


@pytest.mark.parametrize(
    ("revision", "told"),
    [
        ("", "head"), ("HEAD", "head"), ("main", "moving"), ("feature/x", "moving"), ("v1.2.3", "immutable"),
        ("1.2", "immutable"), ("app-1.2.3", "immutable"), ("refs/tags/x", "immutable"), ("8f3c2ab", "immutable"),
        ("deadbeef", "moving"), ("release-1.2", "release-branch"), ("production", "release-branch"),
        ("refs/heads/release/2", "release-branch"), ("v1.*", "range"), (">=1.0 <2", "range"), ("releasing", "moving"),
    ],
)  # fmt: skip
def test_it_tells_how_firm_a_revision_is(revision: str, told: str) -> None:
    assert firmness(revision) == told


def test_it_tells_a_chart_version_from_a_range() -> None:
    assert [chart_firmness(text) for text in ("1.2.3", "^1.2", "1.x", "")] == ["immutable", "range", "range", "head"]


@pytest.mark.parametrize(
    ("pointer", "hidden"),
    [
        ("/spec/replicas", ""), ("/metadata/annotations", ""), ("/webhooks/0/clientConfig/caBundle", ""),
        (".spec.template.spec.containers[] | select(.name == \"a\") | .image", "image"),
        ("/spec/minReplicas", "minReplicas"),
        ("/spec", "spec"), ("/data", "data"), ("/", "everything"), ("", "everything"),
    ],
)  # fmt: skip
def test_it_tells_what_an_exception_hides(pointer: str, hidden: str) -> None:
    assert hides(pointer) == hidden


def test_it_leaves_out_a_source_that_only_lends_its_files() -> None:
    head, _, rest = APPLICATION.partition("  source:\n")
    _, mark, tail = rest.partition("  destination:")
    sources = "  sources: [{repoURL: a, chart: pay, targetRevision: 1.0.0}, {repoURL: b, ref: values}]\n"
    text = head + sources + mark + tail
    (app,) = applications(tree_of({"app.yaml": text}))
    assert [source.text_at("repoURL") for source in app.sources] == ["a"]


def test_it_says_when_a_version_was_deprecated_and_when_removed() -> None:
    (source,) = flux_objects(tree_of({"a.yaml": SOURCE.replace("fluxcd.io/v1", "fluxcd.io/v1beta2")}))
    assert outdated(source, date(2026, 1, 1)) == "version v1beta2 is deprecated: use v1"
    assert outdated(source, date(2026, 3, 1)) == "version v1beta2 is no longer served since 2026-02: use v1"
    (newer,) = flux_objects(tree_of({"a.yaml": SOURCE.replace("fluxcd.io/v1", "fluxcd.io/v2")}))
    assert outdated(newer, date(2026, 3, 1)) == ""


def test_it_names_the_keys_that_the_served_version_does_not_know() -> None:
    (one,) = kustomizations(tree_of({"a.yaml": KUSTOMIZATION + "  validation: client\n"}))
    assert [(name, place.line) for name, place in unknown_keys(one)] == [("validation", 12)]


@pytest.mark.parametrize(
    ("path", "folder"), [("./", ""), ("./a/b/", "a/b"), ("a/../b", "b"), ("'${X}'", None), ("../x", "../x")]
)
def test_it_reads_the_folder_that_is_built(path: str, folder: str | None) -> None:
    (one,) = kustomizations(tree_of({"a.yaml": KUSTOMIZATION.replace("./deploy/production", path)}))
    assert folder_of(one) == folder


def test_it_builds_what_the_kustomization_names_and_else_everything_below() -> None:
    files = {
        "a/kustomization.yaml": "resources: [x.yaml, ../b, https://else.where/z, ../a]\npatches: [{path: p.yaml}]\n",
        "a/x.yaml": "a: 1", "a/p.yaml": "a: 1", "a/other.yaml": "a: 1", "b/y.yaml": "a: 1", "b/deep/z.yml": "a: 1",
    }  # fmt: skip
    assert built_files(tree_of(files), "a") == ["a/p.yaml", "a/x.yaml", "b/deep/z.yml", "b/y.yaml"]


def test_it_finds_variables_with_their_line_and_default() -> None:
    text = "kind: ConfigMap\ndata:\n  run: |\n    echo $${no}\n    echo ${one} ${two:-2} ${three:=3} $four\n"
    found = uses_below(tree_of({"a/x.yaml": text}), "a")
    assert [(use.name, use.place.line, use.default) for use in found] == [
        ("one", 5, False),
        ("two", 5, True),
        ("three", 5, True),
    ]
