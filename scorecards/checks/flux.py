"""(pure) Flux objects are complete, verified and scoped, and their variables have values."""

from collections.abc import Iterator, Sequence

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading import kinds
from scorecards.reading.durations import seconds_of
from scorecards.reading.kubernetes import Manifest
from scorecards.reading.reconcilers import environment_of, flux_objects, kustomizations
from scorecards.reading.reconcilers.environments import is_own
from scorecards.reading.reconcilers.flux import (
    Reference,
    alerts_for,
    folder_of,
    follows_default_branch,
    missing_keys,
    outdated,
    reconcilers_of,
    source_of,
    unknown_keys,
)
from scorecards.reading.reconcilers.revisions import firmness
from scorecards.reading.reconcilers.substitution import Use, Values, uses_below, values_of

Gap = tuple[str, Place]


# ---------------------------------------------------------------- DOP-6.1-04


@check("flux-reconcilers-complete")
def flux_reconcilers_complete(subject: Subject) -> Iterator[Finding]:
    """Every Flux object is of a served version, follows a source that exists, prunes and looks at health."""
    for one in flux_objects(subject.tree):
        wrong = list(_broken(subject, one))
        weak = list(_stale(subject, one)) + list(_careless(one))
        yield _complete(one, wrong, weak)


def _complete(one: Manifest, wrong: Sequence[Gap], weak: Sequence[Gap]) -> Finding:
    value = f"{one.api_version} {' '.join(sorted(name for name, _ in unknown_keys(one)))}".strip()
    definite = [gap for gap in wrong if gap[0]]
    if definite:
        return failed(one.unit, _sentence(definite), *(place for _, place in definite), value=value)
    if weak:
        return partial(one.unit, _sentence(weak), *(place for _, place in weak), value=value)
    if wrong:
        text = "What it follows lives elsewhere, or is only known when it is rendered."
        return unknown(one.unit, text, wrong[0][1])
    return passed(one.unit, "It is complete and of a served version.", one.place, value=value)


def _sentence(gaps: Sequence[Gap]) -> str:
    text = "; ".join(gap for gap, _ in gaps[:2])
    return text[:1].upper() + text[1:] + "."


def _broken(subject: Subject, one: Manifest) -> Iterator[Gap]:
    """What keeps it from reconciling. An empty text: nobody can tell from here."""
    if one.kind not in ("Kustomization", "HelmRelease"):
        return
    reference = source_of(subject.tree, one)
    if reference is None:
        place = one.place_of("spec")
        undecided = one.look("spec", "sourceRef").undecided or one.look("spec", "chart").undecided
        yield ("" if undecided else "it names no source", place)
    elif reference.templated:
        yield "", reference.node.place
    elif reference.found is None and not reference.bootstrapped:
        told = f"its source {reference.kind} {reference.name} is not in this repository"
        yield "" if reference.is_elsewhere(one) else told, reference.node.place
    if one.kind == "Kustomization":
        yield from _broken_kustomization(subject, one, reference)


def _broken_kustomization(subject: Subject, one: Manifest, reference: Reference | None) -> Iterator[Gap]:
    prune = one.get("spec", "prune")
    if prune is not None and prune.is_false:
        yield "prune is false: what leaves the source stays in the cluster", one.place_of("spec", "prune")
    folder = folder_of(one)
    if reference is None or folder is None or reference.found is None:
        return
    own = is_own(reference.found.text_at("spec", "url"), subject.name) and follows_default_branch(reference.found)
    if reference.kind == "GitRepository" and own and not subject.tree.is_folder(folder):
        yield f"path {folder[:80]} does not exist", one.place_of("spec", "path")


def _stale(subject: Subject, one: Manifest) -> Iterator[Gap]:
    if why := outdated(one, subject.as_of):
        yield why, one.place_of("apiVersion")
    for name, place in unknown_keys(one):
        yield f"{one.kind} knows no spec.{name[:40]}", place
    for name in missing_keys(one):
        yield f"spec.{name} is missing", one.place_of("spec")


def _careless(one: Manifest) -> Iterator[Gap]:
    """What makes a reconciler slow to notice that something is wrong."""
    interval, timeout = (seconds_of(one.text_at("spec", name)) for name in ("interval", "timeout"))
    if one.kind == "Kustomization":
        if interval is not None and timeout is not None and timeout > interval:
            yield "timeout is longer than the interval", one.place_of("spec", "timeout")
        if not _looks_at_health(one):
            yield "nothing looks at health: set wait or healthChecks", one.place_of("spec")
    if one.kind == "HelmRelease":
        for action in ("install", "upgrade"):
            waits = one.get("spec", action, "disableWait")
            if waits is not None and waits.is_true:
                yield f"{action} does not wait for health", one.place_of("spec", action, "disableWait")


def _looks_at_health(one: Manifest) -> bool:
    wait = one.look("spec", "wait")
    if wait.undecided or (wait.node is not None and wait.node.is_true):
        return True
    return bool(one.items_at("spec", "healthChecks") or one.items_at("spec", "healthCheckExprs"))


# ---------------------------------------------------------------- DOP-6.1-05


@check("flux-sources-verified")
def flux_sources_verified(subject: Subject) -> Iterator[Finding]:
    """What Flux pulls is signed and pinned, and applied by an account of its own."""
    lockdown = _lockdown(subject.tree)
    for source in flux_objects(subject.tree, "GitRepository", "OCIRepository", "HelmRepository"):
        followers = reconcilers_of(subject.tree, source)
        if source.kind != "HelmRepository" or followers:
            yield _source_judged(subject, source, followers, lockdown)


def _source_judged(subject: Subject, source: Manifest, followers: list[Manifest], lockdown: Place | None) -> Finding:
    marks = {
        "verification": _verified(source, followers),
        "a service account": lockdown or _impersonated(followers),
        "a pinned revision": _pinned(subject, source, followers),
    }
    there = [name for name, place in marks.items() if place is not None]
    places = [place for place in marks.values() if place is not None] or [source.place_of("spec")]
    lacking = ", ".join(name for name in marks if name not in there)
    value = ", ".join(there)
    notes = ("Secrets are decrypted by SOPS.",) if any(one.get("spec", "decryption") for one in followers) else ()
    if len(there) == len(marks):
        text = "It is verified, pinned, and applied by an account of its own."
        return passed(source.unit, text, *places, value=value, notes=notes)
    if there:
        return partial(source.unit, f"It lacks {lacking}.", *places, value=value, notes=notes)
    if not followers:
        text = "It is neither verified nor pinned; what applies it is not in this repository."
        return unknown(source.unit, text, *places)
    return failed(source.unit, f"It lacks {lacking}.", *places, source.place_of("spec", "ref"), notes=notes)


def _verified(source: Manifest, followers: list[Manifest]) -> Place | None:
    if source.kind != "HelmRepository":
        return _filled(source, "spec", "verify")
    places = [_filled(release, "spec", "chart", "spec", "verify") for release in followers]
    return places[0] if all(place is not None for place in places) else None


def _filled(manifest: Manifest, *way: str) -> Place | None:
    node = manifest.get(*way)
    return manifest.place_of(*way) if node is not None and node.is_mapping and len(node) else None


def _impersonated(followers: list[Manifest]) -> Place | None:
    """Where the account is named, if every follower names one."""
    if not followers or not all(one.text_at("spec", "serviceAccountName") for one in followers):
        return None
    return followers[0].place_of("spec", "serviceAccountName")


def _lockdown(tree: RepositoryTree) -> Place | None:
    """Where the controllers are told to act as an account of the tenant by default."""
    for found in kinds.found(tree, "kustomization"):
        text = tree.text(found.path) or ""
        if "--default-service-account=" in text:
            line = next(at for at, text in enumerate(text.splitlines(), 1) if "--default-service-account=" in text)
            return Place(found.path, line)
    return None


def _pinned(subject: Subject, source: Manifest, followers: list[Manifest]) -> Place | None:
    if source.kind == "HelmRepository":
        return _charts_pinned(followers)
    ref = source.get("spec", "ref")
    for name in ("commit", "digest", "tag", "semver", "name"):
        node = ref.get(name) if ref is not None else None
        if node is not None and node.text and not (name == "tag" and node.text == "latest"):
            return source.place_of("spec", "ref", name) if name != "name" or "/tags/" in node.text else None
    branch = ref.text_at("branch") if ref is not None else ""
    if branch and (firmness(branch) == "release-branch" or _is_elsewhere(subject, source)):
        return source.place_of("spec", "ref", "branch")
    return None


def _is_elsewhere(subject: Subject, source: Manifest) -> bool:
    """Whether a source serves an environment that is not production, which may follow a branch."""
    return environment_of([source.name, source.path], subject.options.production_names) == "other"


def _charts_pinned(releases: list[Manifest]) -> Place | None:
    way = ("spec", "chart", "spec", "version")
    versions = [release.text_at(*way) for release in releases]
    if all(version and version != "*" for version in versions):
        return releases[0].place_of(*way)
    return None


# ---------------------------------------------------------------- DOP-6.1-06


@check("flux-substitutions-resolve")
def flux_substitutions_resolve(subject: Subject) -> Iterator[Finding]:
    """Every variable of a Kustomization has a value, and somebody is told when reconciling fails."""
    for one in kustomizations(subject.tree):
        yield _substitution_judged(subject, one)


def _substitution_judged(subject: Subject, one: Manifest) -> Finding:
    alerts = list(alerts_for(subject.tree, one))
    places = [alert.place for alert in alerts[:1]] or [one.place]
    values = values_of(subject.tree, one)
    uses = _uses(subject, one)
    undefined = [use for use in uses or () if use.name not in values.names and not use.default]
    if undefined and not values.elsewhere:
        names = ", ".join(sorted({use.name for use in undefined}))[:100]
        return failed(one.unit, f"Nothing gives {names} a value.", *(use.place for use in undefined), value=names)
    weak = list(_unsettled(one, values, uses, undefined))
    if not alerts:
        weak.append(("no Alert tells of its failures", one.place))
    if weak:
        return partial(
            one.unit, _sentence(weak), *(place for _, place in weak), value="; ".join(gap for gap, _ in weak)
        )
    return passed(one.unit, "No variable lacks a value, and failures are told.", *places)


def _uses(subject: Subject, one: Manifest) -> list[Use] | None:
    """The variables in what it builds; ``None`` where that is another repository's or only rendering tells."""
    if one.get("spec", "postBuild") is None:
        return []
    reference, folder = source_of(subject.tree, one), folder_of(one)
    if reference is None or folder is None or not subject.tree.is_folder(folder):
        return None
    if reference.found is None:
        return uses_below(subject.tree, folder) if reference.bootstrapped else None
    own = is_own(reference.found.text_at("spec", "url"), subject.name) and follows_default_branch(reference.found)
    return uses_below(subject.tree, folder) if own else None


def _unsettled(one: Manifest, values: Values, uses: list[Use] | None, undefined: list[Use]) -> Iterator[Gap]:
    if values.elsewhere and (uses is None or undefined):
        told = ", ".join(name for name, _ in values.elsewhere[:3])
        yield f"values come from outside this repository ({told})", values.elsewhere[0][1]
    elif uses is None:
        yield "what it builds is not in this repository", one.place_of("spec", "path")
    leaked = [use for use in uses or () if use.name in values.secret and not use.secret_object]
    if leaked:
        yield f"secret value {leaked[0].name} lands in an object that is no Secret", leaked[0].place
