"""(pure) Build files in JSON and TOML: npm, Composer, Python's projects, Cargo."""

import re

from ingest.repository.node import Node
from scorecards.rules.packages.model import Told

_PYTHON = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]{0,100})\s*(?:\[[^\]]{0,200}\])?\s*([^;#]{0,200})")


def npm(root: Node) -> Told:
    told = Told(root.text_at("name"), root.text_at("version"))
    for member, scope in (
        ("dependencies", "runtime"),
        ("devDependencies", "development"),
        ("peerDependencies", "runtime"),
        ("optionalDependencies", "optional"),
    ):
        _members(told, root.get(member), scope)
    return told


def composer(root: Node) -> Told:
    told = Told(root.text_at("name"), root.text_at("version"))
    _members(told, root.get("require"), "runtime")
    _members(told, root.get("require-dev"), "development")
    return told


def cargo(root: Node) -> Told:
    told = Told(root.text_at("package", "name"), root.text_at("package", "version"))
    for member, scope in (
        ("dependencies", "runtime"),
        ("dev-dependencies", "development"),
        ("build-dependencies", "build"),
    ):
        _members(told, root.get(member), scope)
    return told


def _members(told: Told, node: Node | None, scope: str) -> None:
    for name, key, value in node.members() if node is not None else ():
        version = value.text if value.is_scalar else value.text_at("version")
        told.add(name, version, scope, key.line)


def pyproject(root: Node) -> Told:
    """A project's own table, else that of Poetry."""
    own = root.get("project")
    if own is None:
        return _poetry(root.get("tool", "poetry"))
    told = Told(own.text_at("name"), own.text_at("version"))
    for item in own.items_at("dependencies"):
        requirement(told, item.text, "runtime", item.line)
    groups = (root.get("project", "optional-dependencies"), root.get("dependency-groups"))
    for holder, scope in zip(groups, ("optional", "development"), strict=True):
        for _, _, group in holder.members() if holder is not None else ():
            for item in group.items():
                requirement(told, item.text, scope, item.line)
    return told


def _poetry(own: Node | None) -> Told:
    if own is None:
        return Told()
    told = Told(own.text_at("name"), own.text_at("version"))
    _members(told, own.get("dependencies"), "runtime")
    groups = own.get("group")
    for _, _, group in groups.members() if groups is not None else ():
        _members(told, group.get("dependencies"), "development")
    return told


def requirement(told: Told, text: str, scope: str, line: int) -> None:
    """A requirement as Python's installers write it; options and addresses are none."""
    found = _PYTHON.match(text[:400]) if not text.lstrip().startswith(("-", "#")) else None
    if found and not found[2].startswith(("://", "/", "\\")):
        told.add(re.sub(r"[-_.]+", "-", found[1]).lower(), found[2].strip(), scope, line)
