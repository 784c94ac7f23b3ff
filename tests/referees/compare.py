"""Both answers to each question, side by side."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from tests.referees import ours
from tests.referees.questions import Expected, Question, matches
from tests.referees.repositories import Repository
from tests.referees.said import Said

# These name what they find fault with alone: silence means that all is well.
SILENT_WHEN_FINE = ("zizmor", "ansible-lint", "hadolint", "shellcheck", "check-jsonschema")


@dataclass(frozen=True, slots=True)
class Row:
    """One unit and question. ``why`` explains a difference."""

    question: Question
    repository: str
    path: str
    line: int
    key: str
    ours: bool
    theirs: bool
    text: str
    why: str = ""

    @property
    def agrees(self) -> bool:
        return self.ours == self.theirs


def compare(repository: Repository, question: Question, said: list[Said], expected: list[Expected]) -> Iterator[Row]:
    """Rows for what both were asked, and for what one of them finds fault with and the other does not know."""
    mine, others = ours.answers(repository, question), _theirs(question, said)
    for key in sorted(mine.keys() | others.keys()):
        our, their = mine.get(key), others.get(key)
        if our is not None and our.open == "besides":
            continue
        if their is None and question.tool in SILENT_WHEN_FINE:
            their = ours.Answer(False, 0, "says nothing")
        fails = (our is not None and our.fails, their is not None and their.fails)
        if (our is None or our.open or their is None) and not any(fails):
            continue
        text = f"ours {our.text if our else 'says nothing'} | theirs {their.text if their else 'says nothing'}"
        line = (their.line if their and their.line else 0) or (our.line if our else 0)
        row = Row(question, repository.name, _path(question, key), line, key, *fails, text)
        yield row if row.agrees else _explained(row, our, their, expected)


def _path(question: Question, key: str) -> str:
    match question.per:
        case "workload":
            return key.rsplit(" ", 2)[0]
        case "file":
            return key
        case _:
            return key.rpartition(":")[0]


def _explained(row: Row, our: ours.Answer | None, their: ours.Answer | None, expected: list[Expected]) -> Row:
    for one in expected:
        question = row.question
        if (
            one.side == ("ours" if row.ours else "theirs")
            and one.control in ("", question.control)
            and one.asks in ("", question.asks)
            and one.tool in ("", question.tool)
            and matches(one.repository, row.repository)
            and matches(one.path, row.key)
            and matches(one.ours, our.text if our else "says nothing")
            and matches(one.theirs, their.text if their else "says nothing")
        ):
            return Row(row.question, row.repository, row.path, row.line, row.key, row.ours, row.theirs, row.text,
                       one.why)  # fmt: skip
    return row


def _theirs(question: Question, said: list[Said]) -> ours.Answers:
    collected: dict[str, list[ours.Answer]] = defaultdict(list)
    for one in said:
        if one.framework.startswith(question.framework) and _asks(question, one.rule):
            text = f"{one.rule} {'fails' if one.fails else 'passes'}: {one.text} ({one.unit[:120]})"
            collected[_key(question, one)].append(ours.Answer(one.fails, one.line, text))
    return {key: max(answers, key=lambda answer: answer.fails) for key, answers in collected.items()}


def _asks(question: Question, rule: str) -> bool:
    """ansible-lint tells a rule's part in brackets."""
    return rule in question.rules or rule.partition("[")[0] in question.rules


def _key(question: Question, said: Said) -> str:
    match question.per:
        case "workload":
            kind, _, name = said.unit.split(".", 2)
            return f"{said.path} {kind} {name}"
        case "file":
            return said.path
        case _:
            return f"{said.path}:{said.line}"
