"""(pure) SARIF of other scanners: its results as findings of the controls that their rules are mapped to.

Source: SARIF 2.1.0 (OASIS), sections 3.14 (run), 3.27 (result), 3.34 (suppression), 3.49 (rule).
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

from scorecards.reading.secrets import redacted
from scorecards.scanning.result import Evidence, ScannedFinding
from scorecards.standards.standard import Standard
from scorecards.standards.verdict import Verdict

MAX_RUNS = 100
MAX_RESULTS = 100_000
MAX_FINDINGS = 5_000  # of one control
LEVELS = {"error": Verdict.FAIL, "warning": Verdict.PARTIAL}
_WORST_FIRST = (Verdict.FAIL, Verdict.PARTIAL, Verdict.UNKNOWN, None)
DEFAULT_LEVEL = "warning"  # what the specification says of a result that tells none
_KINDS_THAT_TELL = frozenset({"fail", "open", "review", "informational", "pass", "notApplicable"})


class UnreadableSarif(Exception):
    """The document, or a run of it, can't be read; the message says what to mend."""


@dataclass(frozen=True, slots=True)
class Result:
    """One result that names a rule; ``verdict`` is ``None`` for what is only a remark."""

    rule: str
    verdict: Verdict | None
    message: str
    path: str
    line: int
    identity: str


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a tool. ``repository`` is owner/name and ``commit`` a sha, empty where it does not say."""

    tool: str
    version: str
    repository: str
    commit: str
    results: tuple[Result, ...]


def read_sarif(document: Any) -> list["Run | UnreadableSarif"]:
    """The runs of a log, each that can't be read with its reason.

    Raises:
        UnreadableSarif: it is no SARIF log.
    """
    if not isinstance(document, dict) or not isinstance(document.get("runs"), list):
        raise UnreadableSarif("This is no SARIF log: it has no list of runs. Send version 2.1.0.")
    if str(document.get("version", "2.1.0")) != "2.1.0":
        raise UnreadableSarif(f"Version {str(document['version'])[:20]} is not taken. Send SARIF 2.1.0.")
    if len(document["runs"]) > MAX_RUNS:
        raise UnreadableSarif(f"It has {len(document['runs']):,} runs; at most {MAX_RUNS} are taken. Send it in parts.")
    return [_run(run) for run in document["runs"]]


def _run(run: Any) -> "Run | UnreadableSarif":
    driver = _at(run, "tool", "driver")
    name = _text(_at(driver, "name"), 100)
    results = _at(run, "results")
    if not name:
        return UnreadableSarif("The run does not name its tool (tool.driver.name).")
    if not isinstance(results, list):
        # By the standard such a run was not made to its end, so that it does not say that all is well.
        return UnreadableSarif(f"{name} tells no list of results. Send an empty one where it found nothing.")
    if any(_at(one, "executionSuccessful") is False for one in _listed(_at(run, "invocations"))):
        return UnreadableSarif(f"{name} says itself that it failed. What it found before stays; run it again.")
    if len(results) > MAX_RESULTS:
        return UnreadableSarif(f"{name} has {len(results):,} results; at most {MAX_RESULTS:,} are taken.")
    levels = _default_levels(driver)
    source = _first(_at(run, "versionControlProvenance"))
    return Run(
        tool=name,
        version=_text(_at(driver, "semanticVersion") or _at(driver, "version"), 100),
        repository=_repository(_text(_at(source, "repositoryUri"), 300)),
        commit=_sha(_text(_at(source, "revisionId"), 64)),
        results=tuple(found for result in results if (found := _result(result, driver, levels)) is not None),
    )


def _result(result: Any, driver: Any, levels: Mapping[str, str]) -> Result | None:
    """``None``: it is suppressed, absent in this run, or says that all is well."""
    if not isinstance(result, dict) or _is_suppressed(result):
        return None
    kind = _text(result.get("kind"), 20) or "fail"
    if result.get("baselineState") == "absent" or kind in ("pass", "notApplicable") or kind not in _KINDS_THAT_TELL:
        return None
    rule = _rule_of(result, driver)
    level = _text(result.get("level"), 20) or levels.get(rule, DEFAULT_LEVEL)
    path, line = _place(result)
    message = redacted(_text(_at(result, "message", "text") or _at(result, "message", "markdown"), 500))
    return Result(
        rule=rule,
        verdict=LEVELS.get(level) if kind == "fail" else None,
        message=message or rule,
        path=path,
        line=line,
        identity=_identity(result, rule, path, message),
    )


def _is_suppressed(result: Mapping[str, Any]) -> bool:
    """Suppressed, unless every suppression is still asked for or was rejected."""
    suppressions = result.get("suppressions")
    if not isinstance(suppressions, list):
        return False
    return any(_text(_at(one, "status"), 20) in ("", "accepted") for one in suppressions)


def _rule_of(result: Mapping[str, Any], driver: Any) -> str:
    told = _text(result.get("ruleId"), 200) or _text(_at(result, "rule", "id"), 200)
    if told:
        return told
    index, rules = result.get("ruleIndex", _at(result, "rule", "index")), _at(driver, "rules")
    if isinstance(index, int) and isinstance(rules, list) and 0 <= index < len(rules):
        return _text(_at(rules[index], "id"), 200)
    return ""


def _default_levels(driver: Any) -> dict[str, str]:
    rules = _at(driver, "rules")
    found = rules if isinstance(rules, list) else []
    return {
        _text(_at(rule, "id"), 200): level
        for rule in found
        if (level := _text(_at(rule, "defaultConfiguration", "level"), 20))
    }


def _place(result: Mapping[str, Any]) -> tuple[str, int]:
    """The first location: a path within the repository, and a line from 1; empty and 0 where there is none."""
    location = _at(_first(result.get("locations")), "physicalLocation")
    path = _path(_text(_at(location, "artifactLocation", "uri"), 1_000))
    line = _at(location, "region", "startLine")
    return path, line if isinstance(line, int) and not isinstance(line, bool) and 0 < line < 10_000_000 else 0


def _path(uri: str) -> str:
    """A relative path without ways out; empty for anything else."""
    path = unquote(re.sub(r"^(?:\./)+", "", uri.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0]))
    parts = path.split("/")
    if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", path) or any(part in ("", ".", "..") for part in parts) or "\\" in path:
        return ""
    return path if path.isprintable() else ""


def _identity(result: Mapping[str, Any], rule: str, path: str, message: str) -> str:
    """By the tool's own fingerprints where it has some, else by rule, file and message: never by the line."""
    told = result.get("fingerprints") or result.get("partialFingerprints")
    prints = sorted(f"{key}={value}" for key, value in told.items()) if isinstance(told, dict) else []
    deciding = "\0".join([rule, path, *(prints or [message])])
    return sha256(deciding.encode("utf-8", "replace")).hexdigest()[:20]


def _at(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else None


def _text(value: Any, limit: int) -> str:
    """One line of printable text."""
    if not isinstance(value, str):
        return ""
    plain = "".join(character if character.isprintable() else " " for character in value[:limit])
    return plain.encode("utf-8", "replace").decode("utf-8").strip()


def _repository(uri: str) -> str:
    path = re.sub(r"^(?:[a-z+]+://)?(?:[^@/]*@)?[^/:]+[/:]", "", uri.strip())
    return path.strip("/").removesuffix(".git")[:300]


def _sha(text: str) -> str:
    return text.lower() if re.fullmatch(r"[0-9a-fA-F]{7,64}", text) else ""


# ---------------------------------------------------------------- rules to controls


def controls_by_rule(standards: Iterable[Standard], tool: str) -> dict[str, list[tuple[str, str]]]:
    """(standard, control) by the rule of a tool, in lower case. A tool is known by its name without its edition."""
    folded = folded_tool(tool)
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for standard in standards:
        for control in standard.controls:
            for known, rules in control.equivalents.items():
                if folded_tool(known) == folded:
                    for rule in rules:
                        found[rule.lower()].append((standard.code, control.id))
    return found


def folded_tool(name: str) -> str:
    """``Ansible-lint 26``, ``ansible_lint`` -> ``ansiblelint``."""
    return re.sub(r"[^a-z]", "", name.lower().split(" ")[0].split("/")[0])


def mapped(
    results: Iterable[Result], rules: Mapping[str, Sequence[tuple[str, str]]]
) -> Iterator[tuple[str, str, ScannedFinding]]:
    """(standard, control, finding) of the results whose rule is mapped. A remark is a pass with a note.

    Of one control ``MAX_FINDINGS`` are told, the worst first; the rest is counted, and unknown.
    """
    counts: Counter[tuple[str, str]] = Counter()
    for result in sorted(results, key=lambda result: _WORST_FIRST.index(result.verdict)):
        for standard, control in rules.get(result.rule.lower(), ()):
            counts[standard, control] += 1
            if counts[standard, control] <= MAX_FINDINGS:
                yield standard, control, _finding(result)
    for (standard, control), count in counts.items():
        if count > MAX_FINDINGS:
            yield standard, control, _rest(count - MAX_FINDINGS)


def _rest(count: int) -> ScannedFinding:
    message = f"{count:,} more results were sent; {MAX_FINDINGS:,} of a control are kept."
    return ScannedFinding("unknown", "the rest", message, identity="the rest", count=count, code="too_many")


def _finding(result: Result) -> ScannedFinding:
    evidence = (Evidence(result.path, result.line),) if result.path else ()
    outcome = result.verdict or Verdict.PASS
    unit = f"{result.rule} in {result.path}" if result.path else result.rule
    notes = () if result.verdict else (result.message,)
    message = result.message if result.verdict else "Only a remark."
    return ScannedFinding(str(outcome), unit[:500], message, evidence, notes, result.identity)
