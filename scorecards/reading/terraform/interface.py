"""(pure) What a directory offers to its callers: variables and outputs, and what their names hint at."""

import re
from collections.abc import Iterator

from ingest.repository.documents.hcl import Block, Expr
from scorecards.reading.terraform.directory import Directory, Located

CONSTRAINED = (
    "class", "size", "type", "tier", "environment", "region", "cidr", "port", "retention", "count", "storage", "name",
)  # fmt: skip
_WORDS = re.compile(r"[^a-z0-9]+")
# The head of a description: what stands before it goes on to tell more.
_HEAD = re.compile(
    r"[\s(,.;:]+(?:of|for|to|in|that|which|used|with|on|from|when|where|is|are|if|by|e\.g)\b|[(,.;:\n]", re.I
)
_PRIMITIVE = frozenset({"string", "number", "bool"})


def is_empty(expr: Expr | None) -> bool:
    """Whether a text is missing or says nothing."""
    return expr is None or expr.is_null or (expr.is_literal and isinstance(expr.value, str) and not expr.value.strip())


def type_of(variable: Located) -> str:
    """A variable's type as written; what its default is where none is written, empty where neither tells."""
    given = variable.block.body.get("type")
    if given is not None:
        return (given.text or given.raw).strip()
    default = variable.block.body.get("default")
    value = default.value if default is not None and default.is_literal else None
    if isinstance(value, bool):
        return "bool"
    return "string" if isinstance(value, str) else ("number" if value is not None else "")


def is_primitive(variable: Located) -> bool:
    return type_of(variable) in _PRIMITIVE


def gap(at: Located) -> str:
    """What a variable or an output block lacks; empty where nothing."""
    body = at.block.body
    missing = []
    if at.block.type == "variable":
        kind = body.get("type")
        if is_empty(kind) or (kind is not None and (kind.text or kind.raw).strip() == "any"):
            missing.append("type")
    if is_empty(body.get("description")):
        missing.append("description")
    return " and ".join(missing)


# ---------------------------------------------------------------- constrained values


def hints_at_closed_set(variable: Located, more: tuple[str, ...]) -> bool:
    """Whether the name, or the head of the description, says that only certain values make sense."""
    wanted = {*CONSTRAINED, *(word.lower() for word in more)}
    described = variable.block.body.text("description")[:1000]
    told = [*_words(variable.block.label), *_words(_HEAD.split(described, maxsplit=1)[0])]
    return any(word in wanted or word.removesuffix("s") in wanted for word in told)


def _words(text: str) -> list[str]:
    return [word for word in _WORDS.split(text.lower()) if word]


def validated(directory: Directory) -> frozenset[str]:
    """The names of the variables that a validation, a precondition or a check looks at."""
    found = set[str]()
    for at in directory.blocks("variable"):
        if any(_is_sound(rule) for rule in at.block.body.blocks_of("validation")):
            found.add(at.block.label)
    for condition in _conditions(directory):
        for name in condition.references:
            if name.startswith("var."):
                found.add(name.split(".")[1])
    return frozenset(found)


def _is_sound(rule: Block) -> bool:
    return rule.body.get("condition") is not None and not is_empty(rule.body.get("error_message"))


def _conditions(directory: Directory) -> Iterator[Expr]:
    """The conditions of a directory beside a variable's own."""
    for source in directory.sources:
        for block in source.body.walk():
            condition = block.body.get("condition")
            if block.type in ("precondition", "postcondition", "assert") and condition is not None:
                yield condition


# ---------------------------------------------------------------- secrets

_SECRET = re.compile(
    r"password|passwd|passphrase|secret|(?<![a-z])tokens?(?![a-z])|private_?key|api_?key|credential|connection_?string"
)
_NOT_SECRET = re.compile(
    r"(?:_(?:arn|id|name|version|ttl|path|file|url|uri|length|policy|rotation|prefix|suffix|type|enabled|role|day|hour|minute"
    r"|second|endpoint|region|namespace|store|class|manager|label|tag|ref|alias|expiry|expiration|limit|count|size|age|max"
    r"|min|window|bucket|lambda|kms_key|lifetime|duration|format|algorithm|issuer|audience|scope|permission|group|user"
    r"|username|account|owner|description|engine|mount|provider|location|enforcement|restriction)s?|public_keys?)$"
    r"|^(?:enable|create|use|has|is|manage|generate|rotate|store)_|secrets?_?manager_|secrets?_store"
)
_NO_TEXT = frozenset({"bool", "number"})
_GENERATED = re.compile(r"(?:ephemeral\.)?random_password\.[\w-]+\.(?:result|bcrypt_hash)", re.A)


def is_secret(name: str) -> bool:
    """Whether a name says that its value is a secret."""
    folded = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name[:200]).lower().replace("-", "_")
    return bool(_SECRET.search(folded)) and not _NOT_SECRET.search(folded)


def is_secret_variable(variable: Located) -> bool:
    return is_secret(variable.block.label) and type_of(variable) not in _NO_TEXT


def is_secret_output(output: Located) -> bool:
    """Whether the name says so and the value does not deny it, or the value reads a secret attribute."""
    value = output.block.body.get("value")
    references = [name for part in value.walk() for name in part.references] if value is not None else []
    if any(_reads_secret(name) for name in references):
        return True
    if not is_secret(output.block.label):
        return False
    if value is None or value.is_literal:
        return value is not None and isinstance(value.value, str)
    return not (value.kind in ("reference", "other") and references and all(_is_plain(name) for name in references))


def _reads_secret(reference: str) -> bool:
    """Whether the last part of a reference is a secret attribute; a resource's own name is none."""
    parts = reference.split(".")
    is_whole = parts[0] not in ("var", "local", "module") and len(parts) < (
        4 if parts[0] in ("data", "ephemeral") else 3
    )
    return bool(_GENERATED.match(reference)) or (len(parts) > 1 and not is_whole and is_secret(parts[-1]))


def _is_plain(reference: str) -> bool:
    """Whether a reference ends in what names a secret rather than holds it."""
    return bool(_NOT_SECRET.search(f"_{reference.rpartition('.')[2].lower()}"))


def is_marked(at: Located) -> bool:
    """Whether a block is sensitive or ephemeral."""
    flags = (at.block.body.get("sensitive"), at.block.body.get("ephemeral"))
    return any(flag is not None and flag.is_true for flag in flags)


def literal_default(variable: Located) -> bool:
    """Whether a text stands as default in the code."""
    default = variable.block.body.get("default")
    return default is not None and default.is_literal and isinstance(default.value, str) and bool(default.value.strip())
