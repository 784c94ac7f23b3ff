"""(pure) Facts on the repository as a whole and on its files."""

from collections import Counter
from collections.abc import Iterable, Iterator

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.pipelines import pipelines, stages
from scorecards.reading.platform_tools import tools_used
from scorecards.rules.facts.model import Collection, Field, Kind, Told

_LANGUAGES = {
    "go": "go", "py": "python", "ts": "typescript", "tsx": "typescript", "js": "javascript", "jsx": "javascript",
    "java": "java", "kt": "kotlin", "scala": "scala", "cs": "csharp", "rb": "ruby", "rs": "rust", "php": "php",
    "c": "c", "cpp": "cpp", "swift": "swift", "ex": "elixir", "sh": "shell", "tf": "terraform",
}  # fmt: skip
_TOP = ("", ".github/", "docs/", ".gitlab/")
_NAMED = {
    "has_readme": ("readme",),
    "has_licence": ("licence", "license", "copying"),
    "has_changelog": ("changelog", "changes", "history"),
    "has_contributing": ("contributing",),
    "has_security_policy": ("security",),
    "has_codeowners": ("codeowners",),
}
_HAS = {"dockerfile": "docker", "chart": "chart", "kubernetes": "k8s", "terraform": "tf", "ansible": "playbook",
        "compose": "compose", "catalogue": "backstage"}  # fmt: skip


def languages(paths: Iterable[str]) -> list[str]:
    """The programming languages of files, the most frequent first."""
    counts = Counter(_LANGUAGES.get(_extension(path), "") for path in paths)
    return [name for name, _ in counts.most_common() if name]


def _extension(path: str) -> str:
    name = path.rpartition("/")[2]
    return name.rpartition(".")[2].lower() if "." in name else ""


def _repository(tree: RepositoryTree, repository: str) -> Iterator[Told]:
    tops = [path.lower() for path in tree.paths if path.count("/") <= 1 and path.startswith(_TOP)]
    stems = {path.rpartition("/")[2].partition(".")[0] for path in tops if path.startswith(_TOP[1:]) or "/" not in path}
    found = pipelines(tree)
    yield (
        "repository",
        Place(""),
        {
            "name": repository,
            "owner": repository.rpartition("/")[0],
            **{name: any(stem in stems for stem in wanted) for name, wanted in _NAMED.items()},
            "has_gitignore": tree.exists(".gitignore"),
            "file_count": len(tree.paths),
            "languages": languages(tree.paths),
            "contents": [name for name, kind in _HAS.items() if kinds.has(tree, kind)],
            "ci_systems": sorted({pipeline.system for pipeline in found}),
            "tools": sorted(tools_used(tree)),
            "deploys": any("deploy" in stages(tree, job) for pipeline in found for job in pipeline.jobs),
        },
    )


def _files(tree: RepositoryTree, repository: str) -> Iterator[Told]:
    for path in tree.paths:
        entry = tree.entry(path)
        folder, _, name = path.rpartition("/")
        yield (
            path,
            Place(path),
            {
                "path": path,
                "name": name,
                "folder": folder,
                "extension": _extension(path),
                "size": entry.size if entry else None,
                "executable": entry.mode == "executable" if entry else None,
            },
        )


COLLECTIONS = (
    Collection(
        "repository",
        "repository",
        "The repository as a whole; a rule without for-each asks of it.",
        (
            Field("name", Kind.TEXT, "owner/name in lower case; empty where nobody knows"),
            Field("owner", Kind.TEXT, "the part of the name before the last slash"),
            Field("has_readme", Kind.TRUTH, "whether a README stands at the top, in .github or in docs"),
            Field("has_licence", Kind.TRUTH, "whether a LICENSE, LICENCE or COPYING does"),
            Field("has_changelog", Kind.TRUTH, "whether a CHANGELOG does"),
            Field("has_contributing", Kind.TRUTH, "whether a CONTRIBUTING does"),
            Field("has_security_policy", Kind.TRUTH, "whether a SECURITY does"),
            Field("has_codeowners", Kind.TRUTH, "whether a CODEOWNERS does"),
            Field("has_gitignore", Kind.TRUTH, "whether a .gitignore stands at the top"),
            Field("file_count", Kind.NUMBER, "files, without vendored, generated and sample ones"),
            Field("languages", Kind.LIST, "programming languages by file endings, the most frequent first"),
            Field("contents", Kind.LIST, f"what it holds, of {', '.join(_HAS)}"),
            Field("ci_systems", Kind.LIST, "systems that run its pipelines, such as github or gitlab"),
            Field("tools", Kind.LIST, "tools that it deploys or uses, by their usual names"),
            Field("deploys", Kind.TRUTH, "whether a job of a pipeline deploys"),
        ),
        _repository,
        single=True,
    ),
    Collection(
        "files",
        "file",
        "Files, without vendored, generated and sample ones.",
        (
            Field("path", Kind.TEXT, "from the top of the repository"),
            Field("name", Kind.TEXT, "the last part of the path"),
            Field("folder", Kind.TEXT, "the path before the name; empty at the top"),
            Field("extension", Kind.TEXT, "behind the last dot, in lower case"),
            Field("size", Kind.NUMBER, "bytes"),
            Field("executable", Kind.TRUTH, "whether it may be run"),
        ),
        _files,
    ),
)
