"""The rows as Markdown: a line for each control and tool, then what nobody has explained yet."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from tests.referees.compare import Row

HEADS = ["Control", "Question", "Tool", "Both pass", "Both fail", "Ours only", "Theirs only", "Explained",
         "Unexplained"]  # fmt: skip


def table(rows: list[Row]) -> str:
    counted: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for row in rows:
        question = row.question
        counted[question.control, question.asks, f"{question.tool} {', '.join(question.rules)}"].update(_marks(row))
    names = ["both pass", "both fail", "ours", "theirs", "explained", "unexplained"]
    lines = [_line(HEADS), _line(["---"] * 3 + ["---:"] * 6)]
    lines += [_line([*key, *(str(count[name]) for name in names)]) for key, count in sorted(counted.items())]
    whole: Counter[str] = sum(counted.values(), Counter())
    lines.append(_line(["All", "", "", *(str(whole[name]) for name in names)]))
    return "\n".join([*lines, "", *_reasons(rows), "", *_unexplained(rows), ""])


def _marks(row: Row) -> Iterable[str]:
    if row.agrees:
        return ["both fail" if row.ours else "both pass"]
    return ["ours" if row.ours else "theirs", "explained" if row.why else "unexplained"]


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _reasons(rows: list[Row]) -> list[str]:
    told = Counter((row.question.control, row.question.asks, row.why) for row in rows if row.why)
    return ["Reasons for what is explained:", "", *(
        f"- {control} {asks}: {count} × {why}" for (control, asks, why), count in sorted(told.items())
    )]  # fmt: skip


def _unexplained(rows: list[Row]) -> list[str]:
    left = [row for row in rows if not row.agrees and not row.why]
    return ["Unexplained:", "", *(
        f"- {row.question.control} {row.question.asks}: {row.repository} {row.key} (line {row.line}): {row.text}"
        for row in left
    )] if left else ["Nothing is unexplained."]  # fmt: skip
