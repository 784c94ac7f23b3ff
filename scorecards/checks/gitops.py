"""(pure) Argo CD deploys production by itself, within bounds, from revisions that do not move."""

from collections.abc import Iterator, Mapping, Sequence
from posixpath import join, normpath

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import MAX_PLACES, Finding, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.commands import Deed, imperative_deploys, is_for_tests, release_name
from scorecards.reading.kubernetes import Manifest, workloads
from scorecards.reading.reconcilers import Application, applications, environment_of, flux_objects, kustomizations
from scorecards.reading.reconcilers.argocd import is_templated, project_of, sync_gaps, wildcards
from scorecards.reading.reconcilers.drift import wide_exceptions
from scorecards.reading.reconcilers.environments import is_own
from scorecards.reading.reconcilers.flux import is_suspended
from scorecards.reading.reconcilers.revisions import chart_firmness, firmness, is_this_one

Gap = tuple[str, Place]


# ---------------------------------------------------------------- DOP-6.1-01


@check("production-reconciled-with-self-heal")
def production_reconciled_with_self_heal(subject: Subject) -> Iterator[Finding]:
    """Production follows a source by itself, and nothing deploys past it."""
    names = subject.options.production_names
    deeds = imperative_deploys(subject.tree, names)
    rivals = {name: deed for deed in reversed(deeds) if (name := release_name(deed))}
    apps = [app for app in applications(subject.tree) if app.environment(names) != "other"]
    flux = [one for one in kustomizations(subject.tree) if _flux_environment(one, names) != "other"]
    for app in apps:
        yield _reconciled(app.unit, app.place, sync_gaps(app), rivals.get(app.name), deeds)
    released = [rivals[name] for one in flux_objects(subject.tree, "HelmRelease") for name in _releases_of(one, rivals)]
    for one in flux:
        rival = rivals.get(one.name) or (released[0] if released else None)
        yield _reconciled(one.unit, one.place, _flux_gaps(one), rival, deeds)
    if not apps and not flux:
        yield from _without_reconciler(subject, deeds)


def _flux_environment(one: Manifest, names: Sequence[str]) -> str:
    texts = [one.name, one.text_at("spec", "targetNamespace"), one.text_at("spec", "path"), one.path]
    return environment_of(texts, names)


def _releases_of(release: Manifest, rivals: Mapping[str, Deed]) -> Iterator[str]:
    yield from (name for name in (release.name, release.text_at("spec", "releaseName")) if name in rivals)


def _flux_gaps(one: Manifest) -> list[Gap]:
    gaps: list[Gap] = []
    prune = one.look("spec", "prune")
    if prune.undecided:
        gaps.append(("", one.place_of("spec", "prune")))
    elif prune.node is None or not prune.node.is_true:
        gaps.append(("what leaves the source stays in the cluster (prune)", one.place_of("spec", "prune")))
    if is_suspended(one):
        gaps.append(("it is suspended", one.place_of("spec", "suspend")))
    return gaps


def _reconciled(unit: str, place: Place, gaps: Sequence[Gap], rival: Deed | None, others: Sequence[Deed]) -> Finding:
    """``rival`` upgrades what the reconciler owns; ``others`` are all imperative deploys."""
    told = [gap for gap in gaps if gap[0]]
    if rival is not None:
        text = f"{rival.short} upgrades what the reconciler owns: remove it."
        return failed(unit, text, rival.place, place, value=rival.short)
    if told:
        return partial(unit, f"Reconciled, but {told[0][0]}.", *(where for _, where in told), place, value=told[0][0])
    if others:
        text = f"Reconciled, but {others[0].short} deploys past it: let a commit deploy."
        return partial(unit, text, place, *(deed.place for deed in others[:MAX_PLACES]), value=others[0].short)
    if gaps:
        return unknown(unit, "How it is synchronised is only known when the template is rendered.", gaps[0][1], place)
    return passed(unit, "It follows its source, prunes and heals itself.", place)


def _without_reconciler(subject: Subject, deeds: Sequence[Deed]) -> Iterator[Finding]:
    covered = subject.fleet is not None and subject.name in subject.fleet.reconciled
    by_unit: dict[str, Deed] = {}
    for deed in deeds:
        by_unit.setdefault(deed.unit, deed)
    for unit, deed in by_unit.items():
        if covered:
            yield partial(unit, f"A reconciler covers this repository, but {deed.short} deploys past it.", deed.place)
        else:
            text = f"{deed.short} deploys by hand or pipeline: let Argo CD or Flux reconcile it."
            yield failed(unit, text, deed.place, value=deed.short)
    if not by_unit and (first := _deployable(subject.tree)) is not None:
        yield _nothing_deploys(first, covered)


def _deployable(tree: RepositoryTree) -> Place | None:
    """A long-running workload outside charts: what is here is meant for a cluster."""
    for one in workloads(tree):
        if one.long_running and one.manifest.origin != "chart" and not is_for_tests(one.place.path):
            return one.place
    return None


def _nothing_deploys(place: Place, covered: bool) -> Finding:
    if covered:
        return passed("repository", "A reconciler of another repository covers it, and nothing deploys past it.", place)
    return unknown("repository", "Nothing here deploys these objects; their reconciler may live elsewhere.", place)


# ---------------------------------------------------------------- DOP-6.1-02


@check("reconciler-scope-restricted")
def reconciler_scope_restricted(subject: Subject) -> Iterator[Finding]:
    """Every Application belongs to a project that bounds what may be deployed, and where."""
    for app in applications(subject.tree):
        yield _scope_judged(subject, app)


def _scope_judged(subject: Subject, app: Application) -> Finding:
    place = app.spec.place_of("project")
    look = app.look("project")
    if look.undecided or is_templated(look.node):
        return unknown(app.unit, "Its project is only known when the template is rendered.", place)
    name = look.node.text if look.node is not None else ""
    if name in ("", "default"):
        return failed(app.unit, "It is in the default project, which allows everything: give it its own.", place)
    project = project_of(subject.tree, name)
    if project is not None:
        return _project_judged(subject, app, project, place)
    return _fleet_project(subject, app, name, place)


def _project_judged(subject: Subject, app: Application, project: Manifest, place: Place) -> Finding:
    wide = wildcards(subject.tree, project)
    names = subject.options.production_names
    where = (place, *wide.values())
    value = " ".join(sorted(wide))
    if len(wide) == 2:
        return failed(app.unit, f"Project {project.name} allows every source and destination.", *where, value=value)
    if wide:
        return partial(
            app.unit, f"Project {project.name} allows every {value.rstrip('s')}: name them.", *where, value=value
        )
    productive = app.environment(names) == "production" or environment_of([project.name], names) == "production"
    if productive and not project.items_at("spec", "syncWindows") and not project.items_at("spec", "roles"):
        text = f"Project {project.name} is for production, but has neither sync windows nor roles."
        return partial(app.unit, text, place, project.place)
    return passed(app.unit, f"Project {project.name} names its sources and destinations.", place, project.place)


def _fleet_project(subject: Subject, app: Application, name: str, place: Place) -> Finding:
    known = subject.fleet.projects.get(name.lower()) if subject.fleet is not None else None
    if known is None:
        return partial(app.unit, f"Project {name} is defined in no repository that is known.", place, value=name)
    if len(known) > 1:
        return failed(app.unit, f"Project {name} allows every source and destination.", place, value=name)
    if known:
        return partial(app.unit, f"Project {name} is partly open: {known[0]}.", place, value=name)
    return passed(app.unit, f"Project {name} of another repository names its sources and destinations.", place)


# ---------------------------------------------------------------- DOP-6.1-03


@check("reconciler-revision-immutable")
def reconciler_revision_immutable(subject: Subject) -> Iterator[Finding]:
    """Production follows a revision that does not move by itself, and drift is seen."""
    for app in applications(subject.tree):
        yield _revision_judged(subject, app)


def _revision_judged(subject: Subject, app: Application) -> Finding:
    productive = app.environment(subject.options.production_names) != "other"
    wrong: list[Gap] = []
    weak: list[Gap] = []
    undecided: list[Gap] = []
    for source in app.sources:
        kind, gap = _revision(source, productive)
        {"fail": wrong, "partial": weak, "unknown": undecided}.get(kind, []).append(gap)
        wrong += _absent(subject, source)
    weak += [(f"drift of {told} is hidden", place) for told, place in wide_exceptions(app)]
    if not app.sources and app.look("source").missing and app.look("sources").missing:
        wrong.append(("it has no source", app.place))
    return _revision_told(app, wrong, weak, undecided, productive=productive)


def _revision_told(
    app: Application, wrong: list[Gap], weak: list[Gap], undecided: list[Gap], *, productive: bool
) -> Finding:
    value = " ".join(source.text_at("targetRevision") or "HEAD" for source in app.sources)[:200]
    places = [place for _, place in wrong + weak + undecided]
    places += [source.place_of("targetRevision") for source in app.sources]
    if wrong:
        return failed(app.unit, _sentence(wrong), *places, value=value)
    if weak:
        return partial(app.unit, _sentence(weak), *places, value=value)
    if undecided or not app.sources:
        return unknown(app.unit, "Its revision is only known when the template is rendered.", *(places or [app.place]))
    told = "It follows a fixed or promoted revision" if productive else "It is not for production, so it may follow any"
    return passed(app.unit, f"{told}, and drift is seen.", *places, value=value)


def _sentence(gaps: Sequence[Gap]) -> str:
    text = "; ".join(gap for gap, _ in gaps[:2])
    return text[:1].upper() + text[1:] + "."


def _revision(source: Node, productive: bool) -> tuple[str, Gap]:
    """(``fail``, ``partial``, ``unknown`` or ``pass``, what and where) of the revision of a source."""
    place = source.place_of("targetRevision")
    node = source.get("targetRevision")
    if is_templated(node) or (node is None and source.tag):
        return "unknown", ("", place)
    text = node.text if node is not None else ""
    if source.has("chart"):
        return _chart_revision(text, place)
    match firmness(text) if productive else "immutable":
        case "head":
            return "fail", (f"it follows {text or 'no revision, that is HEAD'}: name a tag or a release branch", place)
        case "moving":
            return "partial", (f"it follows branch {text[:60]}, so that every merge deploys", place)
        case "range":
            return "partial", (f"it follows the range {text[:60]}", place)
    return "pass", ("", place)


def _chart_revision(text: str, place: Place) -> tuple[str, Gap]:
    match chart_firmness(text):
        case "head":
            return "fail", ("it names no version of the chart", place)
        case "range":
            return "partial", (f"it follows the chart's range {text[:60]}", place)
    return "pass", ("", place)


def _absent(subject: Subject, source: Node) -> Iterator[Gap]:
    """What an own source names and this repository does not hold."""
    path = source.get("path")
    own = is_own(source.text_at("repoURL"), subject.name) and is_this_one(source.text_at("targetRevision"))
    if not own or path is None or is_templated(path):
        return
    folder = normpath(path.text.strip("/") or ".")
    folder = "" if folder == "." else folder
    if not subject.tree.is_folder(folder):
        yield f"path {path.text[:80]} does not exist", path.place
        return
    ignored = source.get("helm", "ignoreMissingValueFiles")
    for file in source.items_at("helm", "valueFiles"):
        plain = file.text and not file.text.startswith("$") and "://" not in file.text and not is_templated(file)
        if plain and not (ignored is not None and ignored.is_true) and not _exists(subject.tree, folder, file.text):
            yield f"values file {file.text[:80]} does not exist", file.place


def _exists(tree: RepositoryTree, folder: str, file: str) -> bool:
    path = file.lstrip("/") if file.startswith("/") else join(folder, file)
    return tree.exists(normpath(path))
