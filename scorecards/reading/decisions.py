"""(pure) Records of decisions: what they are about, whether they hold, and which criteria they weigh."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.repository.documents.markdown import Markdown
from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree

_FOLDERS = (
    "**/{adr,adrs,decisions,decision-records,architecture-decisions}/**/*.md", "**/{adr,adrs,decisions}/*.md",
    "doc/architecture/**/*.md", "docs/architecture/decisions/**/*.md",
)  # fmt: skip
_DECISION = re.compile(r"(?i)^(?:the\s)?decision(?:\s(?:outcome|drivers|made))?\b")
_STATUS = re.compile(r"(?im)^[\s*_#>|-]{0,10}status[\s*_:|]{1,10}\**\s*([a-z]{3,20})")
_CRITERIA = {
    "integration": r"integrat|compatib|interoperab|plugin|\bapi\b|ecosystem",
    "scale": r"scal(?:e|es|ing|ability|able)\b|throughput|performance|high availability|capacity",
    "community or support": r"communit|support(?:ed|s)?\b|maintain|vendor|adoption|maturity|cncf|contributors",
    "security": r"secur|complian|vulnerab|\brbac\b|encrypt|audit",
    "cost": r"\bcosts?\b|pricing|licen[cs]|budget|expens|\btco\b|free of charge",
}
_CRITERIA_WORDS = {name: re.compile(rf"(?i){words}") for name, words in _CRITERIA.items()}
MAX_RECORDS, MAX_TEXT = 500, 100_000


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """``status`` is a lower-case word, empty where none is told; ``criteria`` those of the five that it mentions."""

    path: str
    title: str
    place: Place
    status: str
    criteria: frozenset[str]
    text: str

    @property
    def holds(self) -> bool:
        return self.status in ("accepted", "approved", "decided", "implemented", "adopted", "")

    def names(self, tool: str) -> bool:
        """Whether it speaks of a tool; hyphens, dots and spaces in the name are one."""
        words = [re.escape(word) for word in re.split(r"[-_. ]+", tool[:100]) if word]
        return bool(words) and bool(re.search(rf"(?i)(?<![a-z0-9]){'[-_. ]?'.join(words)}(?![a-z0-9])", self.text))


def records(tree: RepositoryTree) -> list[Record]:
    """The records of a repository, in order of their paths."""
    return tree.derive(_records)


def _records(tree: RepositoryTree) -> list[Record]:
    return list(_found(tree))


def _found(tree: RepositoryTree) -> Iterator[Record]:
    for path in tree.files(*_FOLDERS)[:MAX_RECORDS]:
        name = path.rpartition("/")[2].lower()
        page = tree.markdown(path) if name not in ("readme.md", "index.md", "template.md", "adr-template.md") else None
        if page is not None and _is_record(path, page):
            yield _record(path, page)


def _is_record(path: str, page: Markdown) -> bool:
    headed = any(_DECISION.match(heading.text.strip()[:200]) for heading in page.headings)
    return headed or bool(re.search(r"(?:^|/)(?:adr-?)?\d{1,5}[-_]", path))


def _record(path: str, page: Markdown) -> Record:
    text = "\n".join(page.lines)[:MAX_TEXT]
    title = page.headings[0] if page.headings else None
    criteria = frozenset(name for name, words in _CRITERIA_WORDS.items() if words.search(text))
    place = Place(path, title.line if title is not None else 1)
    return Record(path, title.text[:200] if title is not None else path, place, _status(page, text), criteria, text)


def _status(page: Markdown, text: str) -> str:
    if page.front_matter is not None and page.front_matter.text_at("status"):
        return page.front_matter.text_at("status").split()[0].lower()[:20]
    heading = next((one for one in page.headings if one.text.strip().lower() == "status"), None)
    if heading is not None:
        words = re.findall(r"[A-Za-z]{3,20}", page.section(heading)[:300])
        return words[0].lower() if words else ""
    match = _STATUS.search(text[:5_000])
    return match[1].lower() if match else ""
