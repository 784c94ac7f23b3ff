"""(pure) Build files in XML: Maven's poms and project files of .NET. Documents that declare entities are not read."""

from dataclasses import dataclass, field
from xml.parsers import expat  # entities are refused below, so that none can multiply

from scorecards.rules.packages.model import Told

MAX_DEPTH = 50
MAX_ELEMENTS = 50_000


class Unread(Exception):
    """The document is not read: broken, too deep, too large, or with entities of its own."""


@dataclass(slots=True)
class Element:
    name: str
    line: int
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: "list[Element]" = field(default_factory=list)

    def first(self, name: str) -> "Element | None":
        return next((child for child in self.children if child.name == name), None)

    def text_of(self, *names: str) -> str:
        """The text at a way of names; empty where there is none."""
        found: Element | None = self
        for name in names:
            found = found.first(name) if found is not None else None
        return found.text.strip() if found is not None else ""

    def every(self, name: str) -> "list[Element]":
        """The elements of a name at any depth, in order."""
        found, waiting = [], [self]
        while waiting:
            one = waiting.pop()
            if one.name == name:
                found.append(one)
            waiting.extend(reversed(one.children))
        return found


def parse(text: str) -> Element:
    """The root of a document. Raises: Unread."""
    parser = expat.ParserCreate()
    builder = _Builder(parser)
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except (expat.ExpatError, ValueError) as error:
        raise Unread(str(error)) from error
    return builder.root.children[0]


class _Builder:
    def __init__(self, parser: "expat.XMLParserType") -> None:
        self.root = Element("", 0)
        self._open = [self.root]
        self._count = 0
        self._parser = parser
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        parser.StartDoctypeDeclHandler = self._refuse

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) > MAX_DEPTH or self._count > MAX_ELEMENTS:
            raise Unread("It is too deep or too large.")
        one = Element(name.rpartition(":")[2], self._parser.CurrentLineNumber, attributes)
        self._open[-1].children.append(one)
        self._open.append(one)

    def _end(self, name: str) -> None:
        self._open.pop()

    def _data(self, data: str) -> None:
        if len(self._open[-1].text) < 1_000:
            self._open[-1].text += data[:1_000]

    def _refuse(self, *told: object) -> None:
        raise Unread("It declares entities.")


# ---------------------------------------------------------------- formats


def pom(text: str) -> Told:
    """A pom. What a property fills in is looked up among the pom's own. Raises: Unread."""
    root = parse(text)
    properties = {one.name: one.text.strip() for one in (root.first("properties") or Element("", 0)).children}
    group = root.text_of("groupId") or root.text_of("parent", "groupId")
    told = Told(_joined(group, root.text_of("artifactId")), _filled(root.text_of("version"), properties))
    if root.first("parent") is not None:
        told.parent = _joined(root.text_of("parent", "groupId"), root.text_of("parent", "artifactId"))
        told.parent_version = _filled(root.text_of("parent", "version"), properties)
    for holder in root.children:
        if holder.name == "dependencies":
            _add(told, holder, properties)
    return told


def _add(told: Told, holder: Element, properties: dict[str, str]) -> None:
    for one in holder.children:
        if one.name == "dependency":
            scope = {"test": "test", "provided": "build"}.get(one.text_of("scope"), "runtime")
            version = _filled(one.text_of("version"), properties)
            told.add(_joined(one.text_of("groupId"), one.text_of("artifactId")), version, scope, one.line)


def _joined(group: str, artifact: str) -> str:
    return f"{group}:{artifact}" if group else artifact


def _filled(text: str, properties: dict[str, str]) -> str | None:
    if text.startswith("${") and text.endswith("}"):
        text = properties.get(text[2:-1], "${")
    return None if "${" in text else text


def project(text: str) -> Told:
    """A project file of .NET. Raises: Unread."""
    root = parse(text)
    names = [one.text.strip() for name in ("PackageId", "AssemblyName") for one in root.every(name)]
    told = Told(next(iter(names), ""), next((one.text.strip() for one in root.every("Version")), ""))
    for one in root.every("PackageReference"):
        version = one.attributes.get("Version") or one.text_of("Version")
        told.add(one.attributes.get("Include", ""), None if "$(" in version else version, line=one.line)
    return told
