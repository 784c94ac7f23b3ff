"""(pure) The keys of a file with their literal values: of YAML, JSON, HCL, Dockerfiles, and files of lines."""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.documents.hcl import Body
from ingest.repository.node import Key, Node
from ingest.repository.tree import RepositoryTree, glob_pattern
from scorecards.reading.secret_names import is_secret_name
from scorecards.reading.secrets.literals import is_hinted

MAX_LINE = 2_000
MAX_TEXT = 1 << 18

YAML = glob_pattern(("**/*.yml", "**/*.yaml", "**/*.YAML", "**/*.YML"))
JSON = glob_pattern(("**/*.json", "**/*.tfstate", "**/*.jsonc"))
HCL = glob_pattern(("**/*.tf", "**/*.tofu", "**/*.hcl", "**/*.tfvars"))
DOCKER = glob_pattern(("**/Dockerfile*", "**/*.dockerfile", "**/*.Dockerfile", "**/Containerfile*"))
LINED = glob_pattern(
    ("**/.env*", "**/*.env", "**/*.ini", "**/*.properties", "**/*.cfg", "**/*.conf", "**/*.toml", "**/*.sh",
     "**/*.bash", "**/.npmrc", "**/.pypirc", "**/*.cnf", "**/*.envrc", "**/.envrc")
)  # fmt: skip
LOCKED = glob_pattern(
    ("**/package-lock.json", "**/npm-shrinkwrap.json", "**/composer.lock", "**/pnpm-lock.yaml", "**/*.lock.json",
     "**/*.lock.hcl", "**/Cargo.lock", "**/*.schema.json", "**/*-schema.json", "**/deno.lock")
)  # fmt: skip
# Objects whose values name secrets, hold ciphertext, or describe other objects.
_NOT_READ = frozenset(
    {"SealedSecret", "ExternalSecret", "ClusterExternalSecret", "SecretStore", "ClusterSecretStore", "PushSecret",
     "SecretProviderClass", "VaultStaticSecret", "VaultDynamicSecret", "CustomResourceDefinition"}
)  # fmt: skip
_LINE_PAIR = re.compile(
    r"\s{0,200}(?:export\s{1,9}|set\s{1,9}|readonly\s{1,9}|local\s{1,9}|-\s{1,9})?"
    r"[\"']?(?://[\w./-]{1,100}:)?([A-Za-z_][\w.-]{0,100})[\"']?\s{0,20}[=:]\s{0,20}(.*)\Z",
    re.S,
)
_JSON_PAIR = re.compile(r"\"([^\"\\]{1,80})\"\s{0,9}:\s{0,9}\"([^\"\\]{1,400})\"")
_QUOTED = re.compile(r"\"([^\"\n]*)\"|'([^'\n]*)'")
_INLINE = re.compile(
    r"(?<![A-Za-z0-9_$.{])([A-Za-z_][\w.-]{0,80})=(\"[^\"\n]{1,300}\"|'[^'\n]{1,300}'|[^\s\"'&;,|<>()]{1,300})"
)
# Of a job: containers that live as long as it does, and what its variants are given.
_THROWAWAY = frozenset({"services", "matrix"})
_COMMENTS = ("#", ";", "//", "!", "*")


class Pair(NamedTuple):
    """A key with a literal value.

    ``throwaway``: of a container that lives as long as a CI job. ``held``: an entry of a Secret itself.
    """

    name: str
    value: str
    line: int
    throwaway: bool = False
    held: bool = False


def pairs(tree: RepositoryTree, path: str, text: str) -> Iterator[Pair]:
    """The keys of a file that look like a secret's, and the text of each; nothing of files that hold no settings."""
    if LOCKED.match(path) or not is_hinted(text.lower()):
        return
    if DOCKER.match(path):
        yield from _of_dockerfile(tree, path)
    elif YAML.match(path):
        yield from _of_yaml(tree, path, text)
    elif JSON.match(path):
        parsed = tree.json(path)
        if parsed is not None and parsed.root is not None:
            yield from _of_nodes(parsed.root, path)
    elif HCL.match(path):
        parsed_hcl = tree.hcl(path)
        yield from _of_body(parsed_hcl.body) if parsed_hcl is not None else ()
    elif LINED.match(path):
        yield from of_lines(text, 1)


# ---------------------------------------------------------------- YAML and JSON


def _of_yaml(tree: RepositoryTree, path: str, text: str) -> Iterator[Pair]:
    documents = [] if "{{" in text and "/templates/" in f"/{path}" else tree.yaml(path)
    if not documents:
        yield from of_lines(text, 1)
    for document in documents:
        yield from _of_nodes(document.root, path)


def _of_nodes(root: Node, path: str) -> Iterator[Pair]:
    if root.get("sops", "mac") is not None or root.text_at("kind") in _NOT_READ:
        return
    in_workflow = ".github/workflows/" in path
    in_secret = root.text_at("kind") == "Secret" and root.get("apiVersion") is not None
    for way, node in root.walk(_has_text):
        if node.tag:  # !vault, !ENV and the like: something else fills it in
            continue
        throwaway = in_workflow and not _THROWAWAY.isdisjoint(way[:5])
        if in_secret and way[:1] == ("data",):
            yield from (pair._replace(line=node.line) for pair in _decoded(str(way[-1]), node))
            continue
        held = str(way[-1]) if in_secret and way[:1] == ("stringData",) else None
        yield from (pair._replace(throwaway=throwaway, held=pair.name == held) for pair in _of_scalar(root, way, node))


def _has_text(node: Node) -> bool:
    return node.kind == "scalar" and isinstance(node.value, str) and bool(node.raw)


def _of_scalar(root: Node, way: tuple[Key, ...], node: Node) -> Iterator[Pair]:
    name = next((part for part in reversed(way) if isinstance(part, str)), "")
    text = node.raw
    if len(text) > MAX_TEXT:
        return
    if "\n" in text.strip():
        if is_hinted(text.lower()):
            yield from (pair._replace(line=node.line_at(pair.line)) for pair in of_lines(text, 0))
        return
    if text.startswith("{") and is_hinted(text.lower()):
        yield from _of_json(text, node.line)
        return
    if name == "value" and way[-1:] == ("value",):
        # The line of the name: that of the value would be shown as evidence without a hint that it is to be masked.
        holder = root.get(*way[:-1])
        named = holder.get("name") or holder.get("key") if holder is not None else None
        if named is not None and is_secret_name(named.text):
            yield Pair(named.text, text, named.line)
    elif is_secret_name(name):
        yield Pair(name, text, node.line)
    elif name == "auth" and "auths" in way:
        yield Pair("password", _password(text), node.line)
    elif "=" in text and is_hinted(text.lower()):
        yield from _inline(text, node.line)


def _decoded(key: str, node: Node) -> Iterator[Pair]:
    """A value of a Secret's data."""
    try:
        text = base64.b64decode("".join(node.raw.split()), validate=True).decode()
    except (binascii.Error, ValueError):
        return
    yield Pair(key, text, node.line, held=True)
    if text.startswith("{"):
        yield from _of_json(text[:MAX_TEXT], node.line)
    elif "\n" in text.strip():
        yield from of_lines(text[:MAX_TEXT], node.line)


def _of_json(text: str, line: int) -> Iterator[Pair]:
    """The pairs of JSON that stands as text in one line, with the passwords of a Docker configuration."""
    for name, value in _JSON_PAIR.findall(text):
        if name == "auth":
            yield Pair("password", _password(value), line)
        elif is_secret_name(name):
            yield Pair(name, value, line)


def _password(value: str) -> str:
    """The password of a name and a password in base64; empty where it is none."""
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


# ---------------------------------------------------------------- HCL


def _of_body(body: Body) -> Iterator[Pair]:
    for block in body.walk():
        default = block.body.get("default")
        if block.type == "variable" and default is not None and default.text:
            yield Pair(block.label, default.text, block.line)
    stack = [body, *(block.body for block in body.walk())]
    for each in stack:
        for attribute in each.attributes.values():
            for expr in attribute.expr.walk():
                for name, member in expr.members.items():
                    if member.text and is_secret_name(name):
                        yield Pair(name, member.text, member.line)
            text = attribute.expr.text
            if text and is_secret_name(attribute.name):
                yield Pair(attribute.name, text, attribute.line)
            elif "\n" in text and is_hinted(text[:MAX_TEXT].lower()):
                yield from of_lines(text[:MAX_TEXT], attribute.expr.text_line or attribute.line)
            elif "=" in text and len(text) < MAX_LINE and is_hinted(text.lower()):
                yield from _inline(text, attribute.line)


# ---------------------------------------------------------------- Dockerfiles and files of lines


def _of_dockerfile(tree: RepositoryTree, path: str) -> Iterator[Pair]:
    parsed = tree.dockerfile(path)
    for instruction in parsed.instructions if parsed is not None else ():
        if instruction.name in ("ENV", "ARG", "LABEL"):
            yield from (Pair(key, value, instruction.line) for key, value in instruction.pairs())
        elif instruction.name == "RUN" and is_hinted(instruction.script.lower()):
            yield from of_lines(instruction.script[:MAX_TEXT], instruction.script_line or instruction.line)


def of_lines(text: str, first: int) -> Iterator[Pair]:
    """The pairs of a text of lines, the first of which has this number."""
    for offset, line in enumerate(text.split("\n")):
        if len(line) > MAX_LINE or ("=" not in line and ":" not in line) or not is_hinted(line.lower()):
            continue
        if line.lstrip().startswith(_COMMENTS):
            continue
        pair = _LINE_PAIR.match(line)
        if pair is not None and is_secret_name(pair[1]):
            yield Pair(pair[1], _bare(pair[2]), first + offset)
        else:
            yield from _inline(line, first + offset)


def _bare(text: str) -> str:
    """A value without quotes, closing marks and the comment behind it."""
    text = text.strip()
    quoted = _QUOTED.match(text)
    if quoted is not None:
        return quoted[1] if quoted[1] is not None else quoted[2]
    return text.partition(" #")[0].rstrip().rstrip(",;")


def _inline(text: str, line: int) -> Iterator[Pair]:
    """``name=value`` anywhere in a text: arguments, connection strings, lists of variables."""
    for name, value in _INLINE.findall(text[:MAX_LINE]):
        inner, equals, rest = value.partition("=")
        if is_secret_name(name) and not (name.lower() == "secret" and inner == "id"):
            yield Pair(name, value.strip("'\""), line)
        elif equals and is_secret_name(inner):
            yield Pair(inner, rest.strip("'\""), line)
