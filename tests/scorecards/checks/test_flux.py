"""DOP-6.1-04 to DOP-6.1-06: Flux objects are complete, verified, and fill in what they promise."""

import pytest

from scorecards.checks.finding import Outcome
from tests.scorecards.checks.delivery import ALERT, DEPLOYMENT, KUSTOMIZATION, SOURCE, changed
from tests.scorecards.checks.judging import judge, verdict

COMPLETE, VERIFIED, FILLED = "flux-reconcilers-complete", "flux-sources-verified", "flux-substitutions-resolve"
BRANCH = "ref: {branch: main}"
RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: pay, namespace: flux-system}
spec:
  interval: 10m
  chart: {spec: {chart: pay, version: 1.2.3, sourceRef: {kind: HelmRepository, name: charts}}}
"""
CHARTS = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: charts, namespace: flux-system}
spec: {interval: 1h, url: https://charts.acme.dev}
"""


@pytest.mark.parametrize("check", [COMPLETE, VERIFIED, FILLED])
def test_it_says_nothing_without_flux(check: str) -> None:
    assert judge(check, {"deployment.yaml": DEPLOYMENT}) == []


# ---------------------------------------------------------------- DOP-6.1-04


def complete(source: str = SOURCE, kustomization: str = KUSTOMIZATION, name: str = "", **more: str) -> Outcome:
    files = {"source.yaml": source, "kustomization-pay.yaml": kustomization}
    more_files = {path.replace("__", "/"): text for path, text in more.items()}
    return verdict(judge(COMPLETE, {**files, **more_files}, name=name))


def test_it_passes_objects_of_served_versions_that_look_at_health() -> None:
    assert complete() == Outcome.PASS
    assert verdict(judge(COMPLETE, {"a.yaml": RELEASE, "b.yaml": CHARTS})) == Outcome.PASS


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("kustomize.toolkit.fluxcd.io/v1", "kustomize.toolkit.fluxcd.io/v1beta2"),
        ("  prune: true\n", "  prune: true\n  validation: client\n"),
        ("  wait: true\n", ""),
        ("timeout: 5m", "timeout: 15m"),
        ("  interval: 10m\n", ""),
    ],
)
def test_it_is_partial_for_a_retired_version_or_key_and_for_no_health(old: str, new: str) -> None:
    assert complete(kustomization=changed(KUSTOMIZATION, (old, new))) == Outcome.PARTIAL


def test_it_says_since_when_a_version_is_gone() -> None:
    old = changed(SOURCE, ("fluxcd.io/v1", "fluxcd.io/v1beta2"))
    (finding,) = judge(COMPLETE, {"source.yaml": old})
    assert finding.message == "Version v1beta2 is no longer served since 2026-02: use v1."
    assert finding.value == "source.toolkit.fluxcd.io/v1beta2"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("prune: true", "prune: false"),
        ("name: pay}", "name: other}"),
        ("  sourceRef: {kind: GitRepository, name: pay}\n", ""),
    ],
)
def test_it_fails_what_keeps_old_objects_or_has_no_source(old: str, new: str) -> None:
    head, mark, spec = KUSTOMIZATION.partition("spec:\n")
    assert complete(kustomization=head + mark + changed(spec, (old, new))) == Outcome.FAIL


def test_it_looks_for_the_path_where_the_source_is_this_repository() -> None:
    source = changed(SOURCE, ("ref: {tag: v1.4.2}", BRANCH))
    assert complete(source) == Outcome.PASS
    assert complete(source, name="acme/pay") == Outcome.FAIL
    assert complete(source, name="acme/pay", deploy__production__x=DEPLOYMENT) == Outcome.PASS


def test_it_does_not_look_here_for_what_another_branch_holds() -> None:
    assert complete(changed(SOURCE, ("ref: {tag: v1.4.2}", "ref: {branch: team}")), name="acme/pay") == Outcome.PASS


def test_it_knows_the_source_that_the_bootstrap_makes_and_artifacts_that_are_generated() -> None:
    own = changed(KUSTOMIZATION, ("name: pay}\n", "name: flux-system}\n")).replace(
        "metadata: {name: pay,", "metadata: {name: x,"
    )
    assert verdict(judge(COMPLETE, {"a.yaml": own})) == Outcome.PASS
    made = own.replace("GitRepository, name: flux-system", "ExternalArtifact, name: apps")
    generator = (
        "apiVersion: source.extensions.fluxcd.io/v1beta1\nkind: ArtifactGenerator\n"
        "metadata: {name: x, namespace: flux-system}\nspec: {artifacts: [{name: apps}]}\n"
    )
    assert verdict(judge(COMPLETE, {"a.yaml": made})) == Outcome.FAIL
    assert verdict(judge(COMPLETE, {"a.yaml": made, "b.yaml": generator})) == Outcome.PASS


def test_it_does_not_know_a_source_that_another_namespace_holds() -> None:
    elsewhere = changed(KUSTOMIZATION, ("name: pay}\n", "name: pay, namespace: shared}\n"))
    elsewhere = elsewhere.replace("GitRepository, name: pay,", "GitRepository, name: other,")
    assert complete(kustomization=elsewhere) == Outcome.UNKNOWN


# ---------------------------------------------------------------- DOP-6.1-05


def verified(source: str = SOURCE, kustomization: str = KUSTOMIZATION, **more: str) -> Outcome:
    files = {"source.yaml": source, "pay.yaml": kustomization, **{f"{name}.yaml": text for name, text in more.items()}}
    return verdict(judge(VERIFIED, files))


def test_it_passes_a_source_that_is_verified_pinned_and_applied_by_an_account() -> None:
    assert verified() == Outcome.PASS


def test_it_is_partial_for_one_or_two_marks() -> None:
    assert verified(changed(SOURCE, ("ref: {tag: v1.4.2}", BRANCH))) == Outcome.PARTIAL
    assert verified(kustomization=changed(KUSTOMIZATION, ("  serviceAccountName: pay\n", ""))) == Outcome.PARTIAL


def test_it_fails_a_source_without_any_mark() -> None:
    bare = changed(SOURCE, ("ref: {tag: v1.4.2}", BRANCH), ("  verify: {mode: HEAD, secretRef: {name: signers}}\n", ""))
    without = changed(KUSTOMIZATION, ("  serviceAccountName: pay\n", ""))
    assert verified(bare, without) == Outcome.FAIL
    assert verdict(judge(VERIFIED, {"source.yaml": bare})) == Outcome.UNKNOWN  # who applies it is elsewhere


def test_it_counts_an_account_that_the_controllers_take_by_default() -> None:
    without = changed(KUSTOMIZATION, ("  serviceAccountName: pay\n", ""))
    patch = (
        "resources: [gotk.yaml]\npatches: [{patch: '--default-service-account=default', target: {kind: Deployment}}]\n"
    )
    files = {"source.yaml": SOURCE, "pay.yaml": without, "clusters/kustomization.yaml": patch}
    assert verdict(judge(VERIFIED, files)) == Outcome.PASS


def test_it_judges_a_repository_of_charts_by_its_releases() -> None:
    assert verdict(judge(VERIFIED, {"a.yaml": CHARTS})) == Outcome.NOT_APPLICABLE
    assert verdict(judge(VERIFIED, {"a.yaml": CHARTS, "b.yaml": RELEASE})) == Outcome.PARTIAL
    assert (
        verdict(judge(VERIFIED, {"a.yaml": CHARTS, "b.yaml": RELEASE.replace("version: 1.2.3, ", "")})) == Outcome.FAIL
    )


# ---------------------------------------------------------------- DOP-6.1-06

BUILT = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: app}
data: {region: "${region}", size: "${size:=small}", literal: "$${not_a_variable}"}
"""
OWN = changed(SOURCE, ("ref: {tag: v1.4.2}", BRANCH))


def filled(build: str, *, built: str = BUILT, alert: str = ALERT, more: str = "") -> Outcome:
    files = {
        "clusters/source.yaml": OWN, "clusters/pay.yaml": f"{KUSTOMIZATION}  postBuild: {build}\n",
        "clusters/alert.yaml": alert, "deploy/production/app.yaml": built, "clusters/more.yaml": more,
    }  # fmt: skip
    return verdict(judge(FILLED, files, name="acme/pay"))


def test_it_passes_where_every_variable_has_a_value_and_failures_are_told() -> None:
    assert filled("{substitute: {region: eu}}") == Outcome.PASS
    config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: vars, namespace: flux-system}\ndata: {region: eu}\n"
    assert filled("{substituteFrom: [{kind: ConfigMap, name: vars}]}", more=config) == Outcome.PASS


def test_it_fails_a_variable_without_value_or_default() -> None:
    assert filled("{substitute: {other: eu}}") == Outcome.FAIL


def test_it_is_partial_where_values_come_from_elsewhere_or_nobody_is_told() -> None:
    assert filled("{substituteFrom: [{kind: ConfigMap, name: vars}]}") == Outcome.PARTIAL
    assert filled("{substitute: {region: eu}}", alert="") == Outcome.PARTIAL
    assert filled("{substitute: {region: eu}}", alert=ALERT.replace('"*"', "other")) == Outcome.PARTIAL


def test_it_is_partial_where_a_secret_lands_in_an_object_that_is_none() -> None:
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: vars, namespace: flux-system}\nstringData: {region: eu}\n"
    build = "{substituteFrom: [{kind: Secret, name: vars}]}"
    assert filled(build, more=secret) == Outcome.PARTIAL
    assert filled(build, more=secret, built=BUILT.replace("ConfigMap", "Secret")) == Outcome.PASS


def test_it_leaves_objects_alone_that_are_marked_not_to_be_filled() -> None:
    marked = BUILT.replace(
        "{name: app}", "{name: app, annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled}}"
    )
    assert filled("{substitute: {other: eu}}", built=marked) == Outcome.PASS
