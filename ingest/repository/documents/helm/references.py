"""(pure) What the actions of a chart refer to: values, through ``with``, ``range`` and variables too, and templates."""

import re
from dataclasses import dataclass, field

from ingest.repository.documents.helm.actions import Action
from ingest.repository.documents.helm.masked import Named, ValueUse

MAX_SCOPES = MAX_PATH = 100

Path = tuple[str, ...]

_STRING = re.compile(r'"(?:[^"\\\n]++|\\.)*+"|`[^`]*+`')
_FIELDS = r"\.[A-Za-z_]\w*+(?:\)*+\.[A-Za-z_]\w*+)*+"
_OPERAND = re.compile(rf"(?<![\w.)$])(?:(\$\w*+)(?:\)*+({_FIELDS}))?|({_FIELDS})|\.(?![\w.]))")
_INDEX = re.compile(rf'\bindex\s+\(*+(\$\w*+)?({_FIELDS})\)*+((?:\s++"[^"\n]*+")++)')
_QUOTED = re.compile(r'"([^"\n]*+)"')
_ASSIGNED = re.compile(r"(?:(?:with|range|if)\s+)?(\$\w+)(?:\s*,\s*(\$\w+))?\s*:?=\s*(.*)", re.S)
_TEMPLATE = re.compile(r'\b(?:include|template|block)\s+"([^"\n]*+)"')
_DEFINE = re.compile(r'(?:define|block)\s+"([^"\n]*+)"')
_PROVIDES = re.compile(r"\b(?:default|coalesce|dig|required|hasKey)\b")
_TESTS = ("if", "with", "range", "else")


@dataclass(slots=True)
class _Scope:
    """What holds inside a block: what ``.`` is, as a path below ``.Values``, and which paths were tested."""

    dot: Path | None = None
    tested: frozenset[Path] = frozenset()
    outer_dot: Path | None = None


@dataclass(slots=True)
class References:
    """Takes the actions in order."""

    values: list[ValueUse] = field(default_factory=list)
    includes: list[Named] = field(default_factory=list)
    defines: list[Named] = field(default_factory=list)
    _scopes: list[_Scope] = field(default_factory=lambda: [_Scope()])
    _variables: dict[str, Path] = field(default_factory=dict)

    def take(self, action: Action) -> str:
        """Where what the action writes comes from: ``.Values.a.b``, a template's name, or empty."""
        word, body = action.word, action.body
        if word == "/*":
            return ""
        if word == "end":
            if len(self._scopes) > 1:
                self._scopes.pop()
            return ""
        if word == "else":
            self._scopes[-1].dot = self._scopes[-1].outer_dot
        paths = self._paths(body.removeprefix(word))
        names: list[str] = _TEMPLATE.findall(body) if '"' in body else []
        self.includes += [Named(name, action.line) for name in names]
        self._use(action, paths)
        self._assign(body)
        self._enter(action, paths)
        if names and not (paths and ("tplvalues" in names[0] or "render" in names[0])):
            return names[0][:200]
        return ".".join(("", "Values", *paths[0])) if paths else ""

    def _use(self, action: Action, paths: list[Path]) -> None:
        tested = self._scopes[-1].tested
        provides = action.word in _TESTS or bool(_PROVIDES.search(action.body))
        for path in paths:
            self.values.append(ValueUse(path, action.line, provides or path in tested))

    def _assign(self, body: str) -> None:
        """What a variable stands for: the value, or of ``range`` the members (the last variable)."""
        match = _ASSIGNED.match(body) if "=" in body else None
        if match is None:
            return
        name = match[2] or match[1]
        path = self._whole(match[3])
        if path is None:
            self._variables.pop(name, None)
        else:
            self._variables[name] = (*path, "*") if body.startswith("range") else path

    def _enter(self, action: Action, paths: list[Path]) -> None:
        word, scope = action.word, self._scopes[-1]
        if word in ("define", "block"):
            self.defines += [Named(name, action.line) for name in _DEFINE.findall(action.body)[:1]]
            self._variables.clear()
            self._scopes.append(_Scope())
        elif word in ("if", "with", "range"):
            if len(self._scopes) > MAX_SCOPES:
                self._scopes.append(scope)
                return
            dot = scope.dot
            if word != "if":
                match = _ASSIGNED.match(action.body)
                dot = self._whole(match[3] if match else action.body[len(word) :])
                dot = (*dot, "*") if dot is not None and word == "range" else dot
            self._scopes.append(_Scope(dot, scope.tested.union(paths), scope.dot))

    def _paths(self, body: str) -> list[Path]:
        """Every value that is named, in order."""
        if "." not in body and "$" not in body:
            return []
        found = [self._indexed(match) for match in _INDEX.finditer(body)] if "index" in body else []
        bare = _STRING.sub(lambda match: " " * len(match[0]), body) if '"' in body or "`" in body else body
        found += [self._resolved(match[1], match[2] or match[3]) for match in _OPERAND.finditer(bare)]
        return [path for path in found if path]

    def _indexed(self, match: "re.Match[str]") -> Path | None:
        path = self._resolved(match[1], match[2])
        return None if path is None else (*path, *_QUOTED.findall(match[3]))

    def _whole(self, expression: str) -> Path | None:
        """The value that an expression is, if it is nothing but one."""
        match = _OPERAND.fullmatch(expression.strip().lstrip("(").rstrip(") "))
        return self._resolved(match[1], match[2] or match[3]) if match else None

    def _resolved(self, variable: str | None, fields: str | None) -> Path | None:
        names = tuple(fields.replace(")", "")[1:].split(".")) if fields else ()
        if "Values" in names:
            return names[names.index("Values") + 1 :][:MAX_PATH]
        start = self._scopes[-1].dot if variable is None else self._variables.get(variable)
        return None if start is None or len(start) + len(names) > MAX_PATH else start + names
