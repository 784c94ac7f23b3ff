"""(pure) The objects of a chart for one set of values: masked templates with the values grafted in."""

from collections.abc import Iterator
from dataclasses import dataclass

from ingest.repository.documents.helm import Splice
from ingest.repository.documents.yaml import read_yaml
from ingest.repository.node import Node
from ingest.repository.tree import RepositoryTree
from scorecards.reading.kubernetes.templates.branches import Lines, is_off, left_out
from scorecards.reading.kubernetes.templates.grafts import Grafts, grafts_of
from scorecards.reading.kubernetes.templates.release import Body, Release
from scorecards.reading.kubernetes.templates.resolving import Resolving
from scorecards.reading.kubernetes.templates.template import template_at
from scorecards.reading.kubernetes.templates.text import text_of_define
from scorecards.reading.kubernetes.templates.told import ROOT, UNKNOWN, Told


@dataclass(frozen=True, slots=True, eq=False)
class Parsed:
    """The documents of the lines of a template that are read, and what belongs where."""

    roots: list[Node]
    grafts: Grafts
    loose: list[Splice]


def release_of(tree: RepositoryTree, chart: Node, values: Node, paths: list[str]) -> Release:
    """A chart with values; the named templates of ``paths`` are at hand, of two by one name the last."""
    defines = {}
    for path in paths:
        template = template_at(tree, path)
        if template is not None:
            defines.update({define.name: (template, define) for define in template.defines})
    return Release(chart, values, defines, text_of=text_of_define, yaml_of=lambda body: _yaml_of(tree, body))


def rendered(tree: RepositoryTree, release: Release, path: str) -> Iterator[tuple[Node, bool]]:
    """The roots of the documents of a template, and whether the values turn each off."""
    template = template_at(tree, path)
    if template is None:
        return
    body = Body(release, template, None, ROOT)
    parsed = tree.derive(_parsed, path, left_out(body))
    resolving = Resolving(body, parsed.grafts)
    for root in parsed.roots:
        yield resolving.of(root), is_off(body, root.line)
    for splice in parsed.loose:
        value = resolving.splice(splice) if splice.indent == 0 else None
        if isinstance(value, Node) and value.is_mapping:
            yield value, is_off(body, splice.line)


def _yaml_of(tree: RepositoryTree, body: Body) -> Told:
    """What a named template writes, as YAML; a text where it is one line of text."""
    define = body.define
    if define is None:
        return UNKNOWN
    if define.first > define.last:
        return text_of_define(body)
    lines = ((1, define.first - 1), *left_out(body), (define.last + 1, len(body.template.lines)))
    parsed = tree.derive(_parsed, body.template.path, lines)
    resolving = Resolving(body, parsed.grafts)
    if len(parsed.roots) == 1 and not parsed.roots[0].is_scalar:
        return resolving.of(parsed.roots[0])
    if not parsed.roots and parsed.loose:
        return resolving.joined(parsed.loose, None)
    return text_of_define(body)


def _parsed(tree: RepositoryTree, path: str, without: Lines) -> Parsed:
    template = template_at(tree, path)
    if template is None:
        return Parsed([], {}, [])
    lines = list(template.lines)
    is_out = bytearray(len(lines) + 2)
    for first, last in without:
        first, last = max(first, 1), min(last, len(lines))  # noqa: PLW2901 - within the file
        if first <= last:
            lines[first - 1 : last] = [""] * (last - first + 1)
            is_out[first : last + 1] = b"\1" * (last - first + 1)
    documents, _ = read_yaml(path, "\n".join(lines))
    roots = [document.root for document in documents]
    splices = [splice for splice in template.masked.splices if not is_out[min(splice.line, len(lines))]]
    grafts, loose = grafts_of(roots, splices)
    return Parsed(roots, grafts, loose)
