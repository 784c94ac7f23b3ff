"""(pure) A pack of controls, from YAML to a standard; what is wrong in it is told with file and line.

The form: ``packs/dop-1.0.0.yaml``. An organisation's pack may leave ``levels`` and ``phases`` out, and may write
``rule`` (a mapping, kept as it is) in place of ``check``.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import TypeVar

from yaml.nodes import MappingNode, Node, SequenceNode

from ingest.catalogue.documents import BadEntry, documents, line_of
from scorecards.errors import InvalidPack, PackProblem
from scorecards.standards.control_entry import CONTROL, Place, read_control
from scorecards.standards.members import LONG, Members, Problems
from scorecards.standards.standard import (
    Control,
    Level,
    LevelNote,
    Phase,
    PhaseNote,
    Section,
    Standard,
    Subsection,
)

__all__ = ["Control", "Level", "Phase", "Section", "Standard", "Subsection", "builtin", "load"]

BUILTIN = "dop-1.0.0"
MAX_CHARACTERS = 400_000
_PACK = ("code", "version", "title", "levels", "phases", "sections")

T = TypeVar("T")


@cache
def builtin(name: str = BUILTIN) -> Standard:
    """A pack that comes with the product. Raises: FileNotFoundError when there is none of that name."""
    file = f"{name}.yaml"
    text = resources.files("scorecards.standards").joinpath("packs", file).read_text(encoding="utf-8")
    return load(text, file)


def load(text: str, name: str, known_checks: Collection[str] | None = None) -> Standard:
    """The standard that a pack tells. ``name`` is the file's, for messages.

    ``known_checks``: the only checks that a control may name; ``None`` leaves them unasked.

    Raises:
        InvalidPack: with everything that is wrong in the pack, as far as it could be read.
    """
    reading = _Reading(known_checks)
    standard = reading.standard(text)
    if standard is None or reading.problems.told:
        raise InvalidPack(PackProblem(name, *problem) for problem in dict.fromkeys(reading.problems.told))
    return standard


@dataclass(slots=True)
class _Reading:
    """One pack while it is read: what is wrong, and the controls with the entries that they came from."""

    known_checks: Collection[str] | None
    problems: Problems = field(default_factory=Problems)
    controls: list[tuple[Control, Members]] = field(default_factory=list)

    def standard(self, text: str) -> Standard | None:
        try:
            members = self._members(_document(text), _PACK)
        except BadEntry as error:
            self.problems.add(*error.problem)
            return None
        sections = self._each(members.items("sections"), self._section)
        self._check_sections(sections, members)
        self._check_identities()
        self._check_alternatives()
        return Standard(
            code=members.identity("code"),
            version=members.identity("version"),
            title=members.required("title"),
            levels=self._levels(members),
            phases=self._phases(members),
            sections=sections,
            controls=tuple(control for control, _ in self.controls),
        )

    def _members(self, node: Node, known: tuple[str, ...]) -> Members:
        return Members(node, known, self.problems)

    def _each(self, nodes: Iterable[Node], read: Callable[[Node], T]) -> tuple[T, ...]:
        """What could be read of each; what could not is told and left out."""
        return tuple(self._readable(nodes, read))

    def _readable(self, nodes: Iterable[Node], read: Callable[[Node], T]) -> Iterator[T]:
        for node in nodes:
            try:
                yield read(node)
            except BadEntry as error:
                self.problems.add(*error.problem)

    def _levels(self, members: Members) -> tuple[LevelNote, ...]:
        node = members.nodes.get("levels")
        if node is None:
            return ()
        if not isinstance(node, MappingNode):
            members.refuse("levels", "must be a mapping of levels to what they mean.")
            return ()
        names = self._each([node], lambda levels: self._members(levels, tuple(Level)))
        notes = [(name, child) for known in names for name, child in known.nodes.items() if name in set(Level)]
        return tuple(note for name, child in notes for note in self._each([child], self._level_of(Level(name))))

    def _level_of(self, level: Level) -> Callable[[Node], LevelNote]:
        def read(node: Node) -> LevelNote:
            members = self._members(node, ("gate", "meaning"))
            gate = members.required("gate")
            if gate not in {"true", "false", ""}:
                members.refuse("gate", "must be true or false.")
            return LevelNote(level, gate == "true", members.required("meaning", LONG))

        return read

    def _phases(self, members: Members) -> tuple[PhaseNote, ...]:
        return self._each(members.items("phases"), self._phase) if "phases" in members else ()

    def _phase(self, node: Node) -> PhaseNote:
        members = self._members(node, ("id", "aim", "exit_rule"))
        phase = members.one_of("id", Phase)
        return PhaseNote(phase, members.required("aim", LONG), members.required("exit_rule", LONG))

    def _section(self, node: Node) -> Section:
        members = self._members(node, ("id", "chapter", "title", "subsections"))
        identity = members.identity("id")
        subsections = self._each(members.items("subsections"), lambda child: self._subsection(child, identity))
        return Section(identity, members.required("chapter"), members.required("title"), subsections)

    def _subsection(self, node: Node, section: str) -> Subsection:
        members = self._members(node, ("title", "level", "controls"))
        title = members.required("title")
        controls = self._each(members.items("controls"), lambda child: self._control(child, Place(section, title)))
        return Subsection(title, members.one_of("level", Level), controls)

    def _control(self, node: Node, place: Place) -> Control:
        members = self._members(node, CONTROL)
        control = read_control(members, place, self.known_checks, self.problems)
        self.controls.append((control, members))
        return control

    def _check_sections(self, sections: tuple[Section, ...], members: Members) -> None:
        ids = [section.id for section in sections]
        for twice in sorted({found for found in ids if found and ids.count(found) > 1}):
            members.refuse("sections", f"tells the section {twice} twice.")

    def _check_identities(self) -> None:
        seen: set[str] = set()
        for control, members in self.controls:
            if control.id in seen and control.id:
                members.refuse("id", f"stands twice in the pack: {control.id}.")
            seen.add(control.id)

    def _check_alternatives(self) -> None:
        by_id = {control.id: control for control, _ in self.controls}
        for control, members in self.controls:
            if control.alternative_to is None:
                continue
            replaced = by_id.get(control.alternative_to)
            if control.level is not Level.ALTERNATIVE:
                members.refuse("alternative_to", "stands only at a control of level ALTERNATIVE.")
            elif replaced is None:
                members.refuse("alternative_to", f"names no control of the pack: {control.alternative_to}.")
            elif replaced.level is Level.ALTERNATIVE:
                members.refuse("alternative_to", f"names an ALTERNATIVE: {control.alternative_to}.")


def _document(text: str) -> Node:
    """The only document of a pack. Raises: BadEntry."""
    if len(text) > MAX_CHARACTERS:
        raise BadEntry(1, f"A pack has at most {MAX_CHARACTERS:,} characters.")
    found = list(documents(text.encode("utf-8", "surrogatepass")))
    if len(found) != 1:
        raise BadEntry(line_of(found[1]) if found else 1, "A pack is exactly one YAML document.")
    _refuse_aliases(found[0])
    return found[0]


def _refuse_aliases(root: Node) -> None:
    """A part used twice would multiply, so each is written out."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            raise BadEntry(line_of(node), "This part is used again by an alias. Write it out in each place.")
        seen.add(id(node))
        waiting.extend(_children(node))


def _children(node: Node) -> list[Node]:
    if isinstance(node, MappingNode):
        return [child for pair in node.value for child in pair]
    return list(node.value) if isinstance(node, SequenceNode) else []
