"""(pure) Logical lines become instructions, instructions stages."""

import json
import re

from ingest.repository.documents.dockerfile.lines import Lines, Logical
from ingest.repository.documents.dockerfile.model import Dockerfile, Instruction, Stage
from ingest.repository.documents.dockerfile.words import filled_in, words
from ingest.repository.documents.source import MAX_PROBLEMS, too_large
from ingest.repository.node import Problem

NAMES = frozenset({
    "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD",
    "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
})  # fmt: skip
_WITH_FLAGS = frozenset({"ADD", "COPY", "FROM", "HEALTHCHECK", "RUN"})
_WITH_JSON = frozenset({"ADD", "CMD", "COPY", "ENTRYPOINT", "RUN", "SHELL", "VOLUME"})
_NAME = re.compile(r"[ \t]*([^ \t]+)[ \t]*")
_FLAG = re.compile(r"--([A-Za-z][A-Za-z0-9.-]*)(?:=((?:[^\s\"'\\]|\\.|\"[^\"]*\"|'[^']*')*))?(?:\s+|$)")
_RUN = re.compile(r"[ \t]*RUN\b", re.I)
_SCRIPT_FLAG = re.compile(r"(?:[ \t]|\\\n)*--(?:[^\s\\\"']|\\[^\n]|\"[^\"\n]*\"|'[^'\n]*')*")
_ONLY_HEREDOC = re.compile(r"<<-?['\"]?[A-Za-z_][A-Za-z0-9_.-]*['\"]?")
_HEALTH = re.compile(r"CMD\s+", re.I)


def read_dockerfile(path: str, text: str) -> tuple[Dockerfile, list[Problem]]:
    """The instructions and stages of a file, and what is wrong in it; what is no instruction is left out."""
    if refused := too_large(path, text):
        return Dockerfile(problems=refused), refused
    lines = Lines(path, text)
    file = Dockerfile(escape=lines.escape)
    broken_until = 0
    while (logical := lines.next()) is not None:
        instruction = _instruction(logical)
        if instruction is not None:
            file.instructions.append(instruction)
            continue
        if logical.line > broken_until + 1 or not broken_until:
            lines.problems.append(Problem(path, logical.line, "broken", "No instruction of a Dockerfile."))
        broken_until = logical.end_line
    file.stages = _stages(file.instructions)
    if file.instructions and not file.stages:
        lines.problems.append(Problem(path, file.instructions[0].line, "broken", "No FROM: nothing is built upon."))
    file.problems = sorted(lines.problems, key=lambda problem: problem.line)[:MAX_PROBLEMS]
    return file, file.problems


def _instruction(logical: Logical) -> Instruction | None:
    """The instruction of a line; ``None`` when it is none."""
    found = _NAME.match(logical.text)
    name = found.group(1).upper() if found else ""
    if not found or name not in NAMES:
        return None
    all_flags: list[tuple[str, str | None]] = []
    begin = found.end()
    while name in _WITH_FLAGS and (flag := _FLAG.match(logical.text, begin)):
        value = flag.group(2)
        all_flags.append((flag.group(1).lower(), value if value is None else "".join(words(value))))
        begin = flag.end()
    rest = logical.text[begin:]
    instruction = Instruction(name, rest.strip(), logical.line, logical.end_line, all_flags=all_flags)
    instruction.heredocs = logical.heredocs
    if name == "RUN":
        _give_script(instruction, logical)
    elif name == "ONBUILD":
        instruction.inner = _inner(logical, rest)
    _give_words(instruction)
    return instruction


def _inner(logical: Logical, rest: str) -> Instruction | None:
    if rest.lstrip()[:7].upper() == "ONBUILD":  # not allowed, and no reason to go deeper and deeper
        return None
    script = logical.script.lstrip(" \t")[len("ONBUILD") :]
    return _instruction(logical._replace(text=rest, script=script))


def _give_script(instruction: Instruction, logical: Logical) -> None:
    """The shell's part of the lines, from the line on which it begins; of a heredoc alone, that text itself."""
    if len(logical.heredocs) == 1 and _ONLY_HEREDOC.fullmatch(instruction.text):
        instruction.script, instruction.script_line = logical.heredocs[0].text, logical.heredocs[0].first_line
        return
    found = _RUN.match(logical.script)
    begin = found.end() if found else 0
    for _ in instruction.all_flags:
        flag = _SCRIPT_FLAG.match(logical.script, begin)
        begin = flag.end() if flag else begin
    instruction.script = logical.script[begin:]
    instruction.script_line = logical.line + logical.script.count("\n", 0, begin)


def _give_words(instruction: Instruction) -> None:
    text = instruction.text
    before: list[str] = []
    if instruction.name == "HEALTHCHECK" and (command := _HEALTH.match(text)):
        before, text = ["CMD"], text[command.end() :]
    members = _json_words(text) if instruction.name in _WITH_JSON or before else None
    instruction.json_form = members is not None
    instruction.words = before + (words(text) if members is None else members)


def _json_words(text: str) -> list[str] | None:
    """The members of the JSON form; ``None`` for anything else, as a builder then takes it for the shell's form."""
    if not text.startswith("["):
        return None
    try:
        members = json.loads(text)
    except (ValueError, RecursionError):
        return None
    is_words = isinstance(members, list) and all(isinstance(member, str) for member in members)
    return [member.encode("utf-8", "replace").decode() for member in members] if is_words else None


def _stages(instructions: list[Instruction]) -> list[Stage]:
    stages: list[Stage] = []
    values: dict[str, str] = {}
    for instruction in instructions:
        if instruction.name == "FROM":
            stages.append(_stage(len(stages), instruction, values))
        elif not stages and instruction.name == "ARG":
            for key, value in instruction.pairs():
                if value:
                    values[key] = filled_in(value, values)
        if stages:
            stages[-1].instructions.append(instruction)
    return stages


def _stage(index: int, instruction: Instruction, values: dict[str, str]) -> Stage:
    told = instruction.words
    raw = told[0] if told else ""
    name = told[2].lower() if len(told) > 2 and told[1].lower() == "as" else ""
    platform = instruction.flags.get("platform") or ""
    return Stage(index, filled_in(raw, values), raw, filled_in(platform, values), name, instruction.line)
