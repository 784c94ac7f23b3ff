"""(pure) The functions of templates that can be told without rendering."""

from collections.abc import Callable

from ingest.repository.node import Node
from scorecards.reading.kubernetes.grafting import Rewriting, copied, mapping, scalar
from scorecards.reading.kubernetes.manifest import OPAQUE
from scorecards.reading.kubernetes.templates.told import ROOT, ROOT_TAG, UNKNOWN, Told, as_text, is_truthy, told
from scorecards.reading.semver import satisfies, version

MAX_TEXT = 10_000
Function = Callable[[list[Told], Node], Told]


def call(name: str, arguments: list[Told], at: Node) -> Told:
    """What a function gives; ``UNKNOWN`` for one that is not among these, and for arguments that it can't take."""
    function = FUNCTIONS.get(name)
    if function is None:
        return UNKNOWN
    try:
        return function(arguments, at)
    except (IndexError, ValueError, OverflowError):
        return UNKNOWN


def _short(value: Told) -> str | None:
    """A value's text; ``None`` where it is not told or too long to work on."""
    text = as_text(value)
    return text if text is not None and len(text) <= MAX_TEXT else None


def _texts(change: Callable[..., str]) -> Function:
    """A function of texts: the result stands where its last argument stands."""

    def function(arguments: list[Told], at: Node) -> Told:
        texts = [_short(argument) for argument in arguments]
        if not texts or None in texts:
            return UNKNOWN
        last = arguments[-1]
        result = change(*texts) if len(texts) < 5 else ""
        return scalar(result[:MAX_TEXT], last if isinstance(last, Node) else at)

    return function


def _test(decide: Callable[[list[str]], bool]) -> Function:
    def function(arguments: list[Told], at: Node) -> Told:
        texts = [_short(argument) for argument in arguments]
        known = [text for text in texts if text is not None]
        return scalar(decide(known), at) if len(known) == len(texts) else UNKNOWN

    return function


def _default(arguments: list[Told], at: Node) -> Told:
    fallback, *rest = arguments
    value = rest[-1] if rest else None
    truth = is_truthy(value)
    return UNKNOWN if truth is None else value if truth else fallback


def _coalesce(arguments: list[Told], at: Node) -> Told:
    return _or(arguments, at)


def _or(arguments: list[Told], at: Node) -> Told:
    for argument in arguments:
        truth = is_truthy(argument)
        if truth is None:
            return UNKNOWN
        if truth:
            return argument
    return arguments[-1]


def _and(arguments: list[Told], at: Node) -> Told:
    for argument in arguments:
        if is_truthy(argument) is False:
            return argument
    return UNKNOWN if any(is_truthy(argument) is None for argument in arguments) else arguments[-1]


def _not(arguments: list[Told], at: Node) -> Told:
    truth = is_truthy(arguments[0])
    return UNKNOWN if truth is None else scalar(not truth, at)


def _ternary(arguments: list[Told], at: Node) -> Told:
    truth = is_truthy(arguments[2])
    return UNKNOWN if truth is None else arguments[0] if truth else arguments[1]


def _required(arguments: list[Told], at: Node) -> Told:
    return arguments[-1] if is_truthy(arguments[-1]) else UNKNOWN


def _last(arguments: list[Told], at: Node) -> Told:
    return arguments[-1]


def _number(arguments: list[Told], at: Node) -> Told:
    text = as_text(arguments[-1])
    place = arguments[-1]
    return UNKNOWN if text is None else scalar(int(float(text or "0")), place if isinstance(place, Node) else at)


def _index(arguments: list[Told], at: Node) -> Told:
    found = arguments[0]
    for argument in arguments[1:]:
        name = as_text(argument)
        if name is None or (isinstance(found, Node) is False and found is not None):
            return UNKNOWN
        found = member(found, name)
    return found


def member(value: Told, name: str) -> Told:
    """A member of a value; nothing where there is none."""
    if value is None or not isinstance(value, Node):
        return value if value is None else UNKNOWN
    if value.kind == "sequence" and name.isascii() and name.isdigit():
        return told(value.get(int(name[:9])))
    return told(value.get(name))


def _dig(arguments: list[Told], at: Node) -> Told:
    *names, fallback, found = arguments
    value = _index([found, *names], at)
    return fallback if value is None else value


def _has_key(arguments: list[Told], at: Node) -> Told:
    base, name = arguments[0], as_text(arguments[1])
    if name is None or not isinstance(base, Node):
        return UNKNOWN if base is not None else scalar(False, at)
    return scalar(base.has(name), at)


def _without(arguments: list[Told], at: Node) -> Told:
    base, names = arguments[0], {as_text(argument) for argument in arguments[1:]}
    if not isinstance(base, Node) or base.kind != "mapping":
        return base if base is None else UNKNOWN
    new = copied(base)
    for name in names:
        new.entries.pop(name, None)
    return new


def _only(arguments: list[Told], at: Node) -> Told:
    base, names = arguments[0], {as_text(argument) for argument in arguments[1:]}
    if not isinstance(base, Node) or base.kind != "mapping":
        return base if base is None else UNKNOWN
    new = copied(base)
    new.entries = {name: entry for name, entry in base.entries.items() if name in names}
    return new


def _dict(arguments: list[Told], at: Node) -> Told:
    members: dict[str, Node] = {}
    for name, value in zip(arguments[::2], arguments[1::2], strict=False):
        text = as_text(name)
        if text is None:
            return UNKNOWN
        if isinstance(value, Node):
            members[text] = value
        elif value is not None:
            members[text] = scalar("", at, ROOT_TAG if value is ROOT else OPAQUE)
    return mapping(at, members)


def as_template(value: Told) -> Told:
    """A value after ``tpl``: texts that hold actions themselves are not told."""
    if not isinstance(value, Node):
        return value
    if value.kind == "scalar":
        return UNKNOWN if "{{" in value.raw else value
    hidden = Rewriting(_hidden).of(value)
    if value.kind == "sequence" and any("{{" in item.raw for item in value.items()):
        hidden = copied(hidden)
        hidden.entries = [_hidden(hidden, "", item) for item in hidden.items()]
    return hidden


def _hidden(node: Node, name: str, value: Node) -> Node:
    if value.kind != "scalar" or "{{" not in value.raw:
        return value
    new = copied(value)
    new.tag = OPAQUE
    return new


def _format(pattern: str, *texts: str) -> str:
    parts, rest = [], list(texts)
    pieces = pattern.replace("%%", "\0").split("%")
    for number, piece in enumerate(pieces):
        if number and piece[:1] in ("s", "d", "v", "q"):
            text = rest.pop(0)
            piece = (f'"{text}"' if piece[0] == "q" else text) + piece[1:]  # noqa: PLW2901 - the piece, filled in
        elif number:
            raise ValueError
        parts.append(piece)
    return "".join(parts).replace("\0", "%")


def _cut(count: str, text: str) -> str:
    number = int(count)
    return text[:number] if number >= 0 else text[number:]


def _semver(texts: list[str]) -> bool:
    found = version(texts[1])
    answer = satisfies(found, texts[0]) if found is not None else None
    if answer is None:
        raise ValueError
    return answer


def _has_api(arguments: list[Told], at: Node) -> Told:
    """Whether a cluster of ``KUBERNETES`` serves an API of its own; of others that is not told."""
    name = as_text(arguments[0])
    group, _, rest = (name or "").partition("/")
    if name is None or ("." in group and not group.endswith(".k8s.io")):
        return UNKNOWN
    return scalar("alpha" not in rest and "beta" not in rest and group != "extensions", at)


def _compare(decide: Callable[[float, float], bool]) -> Function:
    return _test(lambda texts: decide(float(texts[0]), float(texts[1])))


COPYING = frozenset({"omit", "pick", "dict"})
KUBERNETES = "v1.34.0"  # what templates that ask for the cluster's version are told

FUNCTIONS: dict[str, Function] = {
    "default": _default,
    "coalesce": _coalesce,
    "ternary": _ternary,
    "required": _required,
    "and": _and,
    "or": _or,
    "not": _not,
    "empty": _not,
    "toYaml": _last,
    "toYamlPretty": _last,
    "toJson": _last,
    "fromYaml": _last,
    "nindent": _last,
    "indent": _last,
    "deepCopy": _last,
    "int": _number,
    "int64": _number,
    "index": _index,
    "get": _index,
    "dig": _dig,
    "hasKey": _has_key,
    "omit": _without,
    "pick": _only,
    "dict": _dict,
    "quote": _texts(lambda *texts: " ".join(texts)),
    "squote": _texts(lambda *texts: " ".join(texts)),
    "toString": _texts(lambda text: text),
    "trim": _texts(lambda text: text.strip()),
    "lower": _texts(lambda text: text.lower()),
    "upper": _texts(lambda text: text.upper()),
    "trimSuffix": _texts(lambda end, text: text.removesuffix(end)),
    "trimPrefix": _texts(lambda start, text: text.removeprefix(start)),
    "trimAll": _texts(lambda signs, text: text.strip(signs)),
    "trunc": _texts(_cut),
    "replace": _texts(lambda old, new, text: text.replace(old, new) if old else text),
    "printf": _texts(_format),
    "print": _texts(lambda *texts: "".join(texts)),
    "eq": _test(lambda texts: any(texts[0] == text for text in texts[1:])),
    "ne": _test(lambda texts: texts[0] != texts[1]),
    "gt": _compare(lambda one, other: one > other),
    "ge": _compare(lambda one, other: one >= other),
    "lt": _compare(lambda one, other: one < other),
    "le": _compare(lambda one, other: one <= other),
    "semverCompare": _test(_semver),
    ".Has": _has_api,
    "contains": _test(lambda texts: texts[0] in texts[1]),
    "hasPrefix": _test(lambda texts: texts[1].startswith(texts[0])),
    "hasSuffix": _test(lambda texts: texts[1].endswith(texts[0])),
}
