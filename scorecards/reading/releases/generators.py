"""(pure) What makes the notes of a release in a pipeline, and where its output goes."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines import Job, Pipeline, Step, commands, pipelines, run_of, trail

# Tools that make the notes and publish them themselves.
_WHOLE_ACTIONS = frozenset(
    {"googleapis/release-please-action", "google-github-actions/release-please-action", "changesets/action",
     "cycjimmy/semantic-release-action", "codfish/semantic-release-action", "go-semantic-release/action",
     "release-drafter/release-drafter", "python-semantic-release/python-semantic-release", "release-plz/action",
     "intuit/auto", "tripss/conventional-changelog-action", "triplestesting/conventional-changelog-action",
     "goreleaser/goreleaser-action", "marvinpinto/action-automatic-releases", "jreleaser/release-action"}
)  # fmt: skip
_WHOLE_COMMANDS = frozenset(
    {"semantic-release", "release-please", "standard-version", "goreleaser", "release-it", "python-semantic-release",
     "commit-and-tag-version", "release-plz", "jreleaser", "lerna", "uplift", "knope"}
)  # fmt: skip
# Tools of which a later step must take the output.
_PIECE_ACTIONS = frozenset(
    {"mathieudutour/github-tag-action", "orhun/git-cliff-action", "mikepenz/release-changelog-builder-action",
     "requarks/changelog-action", "metcalfc/changelog-generator", "heinrichreimer/github-changelog-generator-action",
     "charmixer/auto-changelog-action", "janheinrichmerker/action-github-changelog-generator", "loopwerk/tag-changelog",
     "saadmk11/changelog-ci", "commitizen-tools/commitizen-action", "bobheadxi/action-changelog",
     "miniscruff/changie-action"}
)  # fmt: skip
_PIECE_COMMANDS = frozenset(
    {"conventional-changelog", "git-cliff", "auto-changelog", "github_changelog_generator", "git-chglog",
     "gitchangelog", "towncrier", "scriv", "reno", "changie", "chglog", "conventional-changelog-cli",
     "antsibull-changelog", "clog", "generate-changelog", "gren"}
)  # fmt: skip
_RELEASES = ("softprops/action-gh-release", "ncipollo/release-action", "actions/create-release",
             "elgohr/github-release-action", "svenstaro/upload-release-action",
             "comnoco/create-release-action")  # fmt: skip
_NATIVE = ("generate_release_notes", "generateReleaseNotes", "generate-release-notes")
_COMMITS = ("stefanzweifel/git-auto-commit-action", "endbug/add-and-commit", "peter-evans/create-pull-request",
            "ad-m/github-push-action", "actions-js/push")  # fmt: skip
_OUTPUT = re.compile(r"\bsteps\.([\w-]{1,100})\.outputs\.([\w-]{1,100})")
_FILE = re.compile(r"[\w./-]{0,200}\.(?:md|txt|rst)\b")


@dataclass(frozen=True, slots=True)
class Generator:
    """``used``: its output reaches a release or a commit. ``grouped``: its notes are in groups by kind of change."""

    name: str
    place: Place
    used: bool
    grouped: bool


@dataclass(frozen=True, slots=True)
class Dangling:
    """A reference to an output of a step that does not exist."""

    text: str
    place: Place


def generators(tree: RepositoryTree) -> list[Generator]:
    """What makes notes or changelogs in the pipelines of a repository."""
    found = [one for pipeline in pipelines(tree) if pipeline.valid for one in _of_pipeline(tree, pipeline)]
    return list(dict.fromkeys(found))


def dangling(tree: RepositoryTree) -> list[Dangling]:
    """Outputs that bodies of releases name and no step of their job makes."""
    found: list[Dangling] = []
    for pipeline in pipelines(tree):
        for job in pipeline.jobs if pipeline.system == "github" else ():
            ids = {step.id for step in job.steps}
            for step in job.steps:
                if step.action in _RELEASES:
                    found += _unmade(step, ids)
    return found


def _unmade(step: Step, ids: set[str]) -> Iterator[Dangling]:
    for name in ("body", "body_path", "bodyFile"):
        value = step.with_.get(name)
        for match in _OUTPUT.finditer(value.text[:2_000]) if value is not None else ():
            if value is not None and match[1] not in ids:
                yield Dangling(match[0], Place(step.path, value.line))


def _of_pipeline(tree: RepositoryTree, pipeline: Pipeline) -> Iterator[Generator]:
    for job in pipeline.jobs:
        yield from _of_steps(tree, job)
        yield from _of_commands(tree, job)


def _of_steps(tree: RepositoryTree, job: Job) -> Iterator[Generator]:
    for step in trail(tree, job).steps:
        place = Place(step.path, step.uses_line or step.line)
        if step.action in _WHOLE_ACTIONS:
            yield Generator(step.action, place, True, _is_grouped(tree, step.action))
        elif step.action in _PIECE_ACTIONS:
            if step.action == "mathieudutour/github-tag-action" and not _takes_output(job, step):
                continue  # it is there for the version
            yield Generator(step.action, place, _takes_output(job, step) or _is_kept(tree, job, ""), True)
        elif any(step.given(name).lower() == "true" for name in _NATIVE):
            yield Generator(f"{step.action} (generated notes)", place, True, tree.exists(".github/release.yml"))


def _takes_output(job: Job, made: Step) -> bool:
    """Whether another step of the job asks for an output of notes of this one."""
    if not made.id:
        return False
    pattern = re.compile(rf"\bsteps\.{re.escape(made.id)}\.outputs\.\w*(?:change|note|content|log|body)\w*", re.I)
    texts = [
        value.text for step in job.steps if step is not made for value in (*step.with_.values(), *step.env.values())
    ]
    texts += [step.run for step in job.steps if step is not made]
    return any(pattern.search(text[:20_000]) for text in texts if "steps." in text)


def _of_commands(tree: RepositoryTree, job: Job) -> Iterator[Generator]:
    for command in commands(tree, job):
        run = run_of(command.words)
        program = run.program.rpartition("/")[2].partition("@")[0]
        if program in _WHOLE_COMMANDS and not run.has("--version", "--help", "--snapshot"):
            yield Generator(program, command.place, True, _is_grouped(tree, program))
        elif program in _PIECE_COMMANDS and not run.has("--version", "--help"):
            yield Generator(
                program, command.place, _is_kept(tree, job, command.text), program not in ("auto-changelog",)
            )
        elif program == "gh" and run.plain[:2] == ("release", "create"):
            if run.has("--generate-notes"):
                yield Generator("gh release --generate-notes", command.place, True, tree.exists(".github/release.yml"))
        elif program in ("cz", "cog") and ("changelog" in run.plain[:2] or run.has("--changelog", "-ch")):
            yield Generator(f"{program} changelog", command.place, _is_kept(tree, job, command.text), True)


def _is_kept(tree: RepositoryTree, job: Job, text: str) -> bool:
    """Whether the job commits what was made, or a release takes its file or its output along."""
    files = {name.rpartition("/")[2] for name in _FILE.findall(text[:5_000])}
    if any(step.action in _COMMITS for step in job.steps):
        return True
    for command in commands(tree, job):
        run = run_of(command.words)
        if run.program == "git" and run.plain[:1] in (("push",), ("commit",)):
            return True
        if run.program == "gh" and run.plain[:1] == ("release",) and run.has("--notes-file", "-F"):
            return True
    return any(_takes_file(step, files) for step in job.steps if step.action in _RELEASES)


def _takes_file(step: Step, files: set[str]) -> bool:
    if step.given("body_path", "bodyFile", "notes_file"):
        return True
    taken = step.given("files", "artifacts")
    return any(name and name in taken for name in files)


def _is_grouped(tree: RepositoryTree, tool: str) -> bool:
    """Whether a tool groups its notes: by itself, or by its configuration."""
    if "goreleaser" in tool:
        names: Sequence[str] = tree.files(".goreleaser.y*ml", "goreleaser.y*ml", ".goreleaser/*.y*ml")
        return any("groups:" in text or "github-native" in text for name in names if (text := tree.text(name)))
    if "release-drafter" in tool:
        return any("categories" in (tree.text(name) or "") for name in tree.files(".github/release-drafter.y*ml"))
    return "automatic-releases" not in tool
