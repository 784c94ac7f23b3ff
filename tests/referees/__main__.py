"""``python -m tests.referees --repositories FOLDER``: how our answers agree with those of independent tools."""

import argparse
import gc
import json
import sys
from pathlib import Path

from tests.referees import ask, questions, table
from tests.referees.compare import Row, compare
from tests.referees.repositories import repositories
from tests.referees.tools import TOOLS


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.referees", description=__doc__)
    parser.add_argument("--repositories", type=Path, required=True, help="a folder of clones, OWNER+NAME/repo")
    parser.add_argument("--only", action="append", default=[], help="a part of the names of repositories; repeatable")
    parser.add_argument("--tool", action="append", choices=TOOLS, help="one of the tools (default: all); repeatable")
    parser.add_argument("--commits", type=Path, help="a JSON list of {repo, commit}: those repositories, then")
    parser.add_argument("--out", type=Path, help="where the table is written, too")
    told = parser.parse_args()
    gc.disable()
    rows = list(judged(told))
    text = table.table(rows)
    unused = {one.why for one in questions.load()[1]} - {row.why for row in rows}
    text += "".join(f"\nNothing needs this reason: {why}\n" for why in sorted(unused))
    sys.stdout.write(text)
    if told.out:
        told.out.write_text(text, encoding="utf-8")
    sys.exit(any(not row.agrees and not row.why for row in rows))


def judged(told: argparse.Namespace) -> "list[Row]":
    asked, expected = questions.load()
    rows: list[Row] = []
    for repository in repositories(told.repositories, told.only, commits(told.commits)):
        for tool in told.tool or TOOLS:
            said = ask.ask(tool, repository)
            for question in asked:
                if question.tool == tool:
                    rows += compare(repository, question, said, expected)
    return rows


def commits(file: Path | None) -> dict[str, str]:
    return {row["repo"]: row["commit"] for row in json.loads(file.read_text())} if file else {}


if __name__ == "__main__":
    main()
