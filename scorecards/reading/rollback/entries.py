"""(pure) How people start a rollback: scripts, workflows, make targets and playbooks, and the pages that name them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

from ingest.repository.documents.shell import Script, read_shell
from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.commands import Deed, deeds_of
from scorecards.reading.pipelines import Job, Pipeline, pipelines, trail
from scorecards.reading.pipelines.make import makefile

_NAME = re.compile(r"(?i)roll[-_ ]?back|(?:^|[-_/ ])(?:revert|undo)(?:$|[-_. /])")
# Scripts that take back something else than a release.
_OTHER = re.compile(r"(?i)migrat|schema|sql|database|\bdb\b|terraform|tfstate")
_TOOLS = frozenset(
    {"kubectl", "oc", "helm", "argocd", "flux", "kubectl-argo-rollouts", "docker", "docker-compose", "aws", "gcloud",
     "az", "git", "gh", "ansible", "ansible-playbook", "ssh", "nomad", "ecs-deploy", "cf", "heroku", "fly", "flyctl",
     "systemctl", "terraform", "tofu", "kustomize", "eb"}
)  # fmt: skip
_POSITIONAL = re.compile(r"\$\{?[1-9]\b")
_TARGET = re.compile(r"(?i)^(?:\S{0,60}[-_])?(?:roll-?_?back|revert|undo)(?:[-_]\S{0,60})?$")
MAX_TARGETS = 20
MAX_ENTRIES = 50
MAX_PAGES = 200
MAX_PAGE = 100_000  # characters


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A way to start a rollback. ``names``: what a page calls it by. ``validated``: it stops without its parameters."""

    unit: str
    place: Place
    names: tuple[str, ...]
    parameters: bool
    validated: bool
    deeds: tuple[Deed, ...]
    script: str = ""  # the path of a shell script


def entries(tree: RepositoryTree) -> list[Entry]:
    """The entry points of a tree."""
    return tree.derive(_entries)


def _entries(tree: RepositoryTree) -> list[Entry]:
    every = chain(_scripts(tree), _workflows(tree), _targets(tree), _playbooks(tree))
    return list(islice(every, MAX_ENTRIES))


# ---------------------------------------------------------------- scripts


def _scripts(tree: RepositoryTree) -> Iterator[Entry]:
    for found in kinds.found(tree, "shell"):
        name = found.path.rpartition("/")[2]
        if _NAME.search(name) and not _OTHER.search(name) and (script := tree.shell(found.path)) is not None:
            own = tuple(deeds_of(tree, found.path))
            if any(deed.tool in _TOOLS for deed in own):
                parameters, validated = takes_parameters(script, tree.text(found.path) or "")
                names = (name, f"make {name.partition('.')[0]}")
                yield Entry(f"script {found.path}", Place(found.path, 1), names, parameters, validated, own, found.path)


def takes_parameters(script: Script, text: str) -> tuple[bool, bool]:
    """(whether a script takes parameters, whether it stops without them)."""
    options = any(command.name in ("getopts", "getopt", "shift") for command in script.commands)
    given = options or bool(_POSITIONAL.search(text)) or any(one.has_default for one in script.expansions)
    required = any(one.is_required for one in script.expansions)
    tested = any(
        command.name in ("[", "[[", "test") and _is_emptiness(command.arguments) for command in script.commands
    )
    return given or required, required or (tested and _exits(script))


def _is_emptiness(arguments: list[str]) -> bool:
    return any(word in ("-z", "-n", "-lt", "-ne", "-eq", "-le", "!=", "==", "=") for word in arguments)


def _exits(script: Script) -> bool:
    return any(command.name in ("exit", "return") and command.arguments != ["0"] for command in script.commands)


# ---------------------------------------------------------------- workflows


def _workflows(tree: RepositoryTree) -> Iterator[Entry]:
    for pipeline in pipelines(tree):
        told = f"{pipeline.name} {pipeline.path.rpartition('/')[2]}"
        if pipeline.triggers.manual and _NAME.search(told):
            yield _workflow(tree, pipeline, pipeline.jobs)
            continue
        for job in pipeline.jobs:
            if _NAME.search(f"{job.id} {job.name}") and (job.manual or pipeline.triggers.manual):
                yield _workflow(tree, pipeline, (job,), job)


def _workflow(tree: RepositoryTree, pipeline: Pipeline, jobs: tuple[Job, ...], job: Job | None = None) -> Entry:
    unit = f"workflow {pipeline.path}" if job is None else f"job {job.id} of {pipeline.path}"
    place = pipeline.place if job is None else job.place
    inputs = pipeline.root.get("on", "workflow_dispatch", "inputs") if pipeline.root is not None else None
    parameters = (inputs is not None and len(inputs) > 0) or job is not None
    required = inputs is not None and any(_is_checked(one) for _, _, one in inputs.members())
    file = pipeline.path.rpartition("/")[2]
    names = tuple(name for name in (file, pipeline.name, job.name if job else "") if len(name) > 5)
    ran = tuple(deed for each in jobs for deed in _ran(tree, each, pipeline))
    return Entry(unit, place, names, parameters, required, ran)


def _is_checked(told: Node) -> bool:
    """Whether the system itself checks an input: it must be there, or be one of a list."""
    required = told.get("required")
    return (required is not None and required.is_true) or told.text_at("type") in ("choice", "environment")


def _ran(tree: RepositoryTree, job: Job, pipeline: Pipeline) -> Iterator[Deed]:
    """What a job runs: its commands, and its actions as commands of their own name."""
    way = trail(tree, job)
    for command in way.commands:
        yield Deed(command.words, command.text, command.place, pipeline.path)
    for step in way.steps:
        if step.uses:
            yield Deed(
                (step.action or step.uses,), f"{step.action or step.uses} {step.name}", step.place, pipeline.path
            )


# ---------------------------------------------------------------- make, Ansible


def _targets(tree: RepositoryTree) -> Iterator[Entry]:
    for path in tree.files("**/Makefile", "**/makefile", "**/GNUmakefile"):
        file = makefile(tree, path.rpartition("/")[0], path.rpartition("/")[2])
        named = [target for target in file.targets.values() if _TARGET.match(target.name)] if file else []
        for target in named[:MAX_TARGETS]:
            if target.recipe and not _OTHER.search(target.name):
                first = target.recipe[0][0]
                text = "\n".join(line.lstrip("@-") for _, line in target.recipe)
                ran = tuple(_recipe_deeds(target.path, text, first))
                if any(deed.tool in _TOOLS for deed in ran):
                    unit = f"target {target.name} of {target.path}"
                    yield Entry(
                        unit, Place(target.path, target.line), (f"make {target.name}",), "$(" in text, False, ran
                    )


def _recipe_deeds(path: str, text: str, first: int) -> Iterator[Deed]:
    script, _ = read_shell(path, text, first)
    for command in script.commands:
        words = tuple(word.text for word in command.words)
        yield Deed(words, " ".join(words), Place(path, command.line), path)


def _playbooks(tree: RepositoryTree) -> Iterator[Entry]:
    seen: set[str] = set()
    for found in kinds.found(tree, "ans-play"):
        name = found.path.rpartition("/")[2]
        if found.path not in seen and _NAME.search(name) and not _OTHER.search(name):
            seen.add(found.path)
            text = tree.text(found.path) or ""
            validated = "assert:" in text or "vars_prompt:" in text
            yield Entry(f"playbook {found.path}", Place(found.path, 1), (name,), "{{" in text, validated, ())


# ---------------------------------------------------------------- pages


def documentation(tree: RepositoryTree, entry: Entry) -> Place | None:
    """Where a page names the entry point; ``None`` where none does."""
    return tree.derive(_documentation, entry)


def _documentation(tree: RepositoryTree, entry: Entry) -> Place | None:
    own = entry.place.path
    for path in _pages(tree):
        text = (tree.text(path) or "")[:MAX_PAGE]
        for name in entry.names:
            if path != own and (at := text.find(name)) >= 0:
                return Place(path, text.count("\n", 0, at) + 1)
    return None


def _pages(tree: RepositoryTree) -> list[str]:
    """Pages and runbooks that speak of rollbacks, README first, and entities of the catalogue."""
    return tree.derive(_pages_about)


def _pages_about(tree: RepositoryTree) -> list[str]:
    pages = tree.files("**/*.md", "**/*.rst", "**/*.adoc", "**/runbooks/**/*.yaml", "**/runbooks/**/*.yml")
    pages += [found.path for found in kinds.found(tree, "backstage")]
    told = [page for page in dict.fromkeys(pages) if not _HIDDEN.search(page) and _speaks(tree.text(page) or "")]
    return sorted(told, key=lambda page: ("README" not in page, page))[:MAX_PAGES]


# Folders of tools, and lists of what was changed: no pages for people on call.
_HIDDEN = re.compile(r"(?:^|/)(?:\.(?!github/)|(?i:changelog|changes|release[-_]?notes)[^/]*$)")


def _speaks(text: str) -> bool:
    lowered = text.lower()
    return any(word in lowered for word in ("rollback", "roll-back", "roll back", "roll_back", "revert", "undo"))


_ELSEWHERE = re.compile(r"https?://[^\s)\"'<>\]]{1,300}roll-?_?back[^\s)\"'<>\]]{0,200}\.(?:sh|ya?ml)\b")


def reference_elsewhere(tree: RepositoryTree) -> Place | None:
    """Where a page or entity names a rollback script of another repository."""
    for path in _pages(tree):
        text = (tree.text(path) or "")[:MAX_PAGE]
        if match := _ELSEWHERE.search(text):
            return Place(path, text.count("\n", 0, match.start()) + 1)
    return None


_STEPS = re.compile(
    r"(?i)(?:kubectl\s+rollout\s+undo|helm\s+rollback|argocd\s+app\s+rollback|git\s+revert|rollouts\s+(?:undo|abort))"
)


def documented_steps(tree: RepositoryTree) -> Place | None:
    """Where a page tells the commands of a rollback, although nothing runs them as one."""
    for path in _pages(tree):
        text = (tree.text(path) or "")[:MAX_PAGE]
        if match := _STEPS.search(text):
            return Place(path, text.count("\n", 0, match.start()) + 1)
    return None
