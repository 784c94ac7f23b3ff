"""(pure) The OpenAPI document as people read it: operations with their parameters, answers and a command to try."""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

Schema = Mapping[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")
DEEPEST = 3
KINDS = {"date": "day", "date-time": "instant", "uri": "address", "object": "object", "string": "text"}
MANY = {"object": "objects", "text": "texts", "number": "numbers"}


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a field of an answer; ``depth`` says how far inside."""

    name: str
    kind: str
    says: str
    depth: int = 0
    required: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """What one may ask."""

    id: str
    method: str
    path: str
    summary: str
    says: str
    parameters: Sequence[Field]
    answer: Sequence[Field]
    example: str
    command: str


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    operations: Sequence[Operation]


def groups(document: Schema, base_url: str) -> list[Group]:
    """The operations by tag, in the order of the document."""
    found: dict[str, list[Operation]] = {}
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                tag = (item[method].get("tags") or ["Others"])[0]
                found.setdefault(tag, []).append(_operation(document, base_url, path, method, item[method]))
    return [Group(name, operations) for name, operations in found.items()]


def _operation(document: Schema, base_url: str, path: str, method: str, said: Schema) -> Operation:
    code = next(code for code in said["responses"] if code.startswith("2"))
    media: Schema = next(iter(said["responses"][code].get("content", {}).values()), {})
    parameters = [one for one in said.get("parameters", []) if one["in"] in ("path", "query")]
    example = _example(media)
    return Operation(
        id=said["operationId"],
        method=method.upper(),
        path=path,
        summary=said.get("summary", ""),
        says=said.get("description", ""),
        parameters=[_parameter(one) for one in sorted(parameters, key=lambda one: one["in"] != "path")],
        answer=list(fields(media.get("schema", {}), document)),
        example=json.dumps(example, indent=2, ensure_ascii=False) if example is not None else "",
        command=_command(base_url, path, method, parameters, said.get("requestBody")),
    )


def _parameter(said: Schema) -> Field:
    return Field(said["name"], kind(said["schema"]), said.get("description", ""), 0, said.get("required", False))


def _example(said: Schema) -> Any:
    if "example" in said:
        return said["example"]
    return next((one["value"] for one in said.get("examples", {}).values()), None)


def _command(base_url: str, path: str, method: str, parameters: Sequence[Schema], body: Schema | None) -> str:
    """What to type into a terminal, with examples in the places of parameters."""
    asked = []
    for one in parameters:
        value = _example(one)
        if one["in"] == "path":
            path = path.replace("{" + one["name"] + "}", quote(str(value if value is not None else "NAME")))
        elif value is not None:
            asked.append(f"{one['name']}={quote(str(value), safe=':')}")
    url = f"{base_url}{path}{'?' + '&'.join(asked) if asked else ''}"
    lines = ['curl -H "Authorization: Bearer $TOKEN"']
    if method == "post" and body is not None:
        media_type, content = next(iter(body["content"].items()))
        lines += [f"-H 'Content-Type: {media_type}'", f"--data {shlex.quote(json.dumps(_example(content)))}"]
    return " \\\n  ".join([*lines, f'"{url}"'])


def resolved(schema: Schema, document: Schema) -> Schema:
    """The schema itself, where only its place among the components is told."""
    found: Schema = schema
    while "$ref" in found:
        found = document["components"]["schemas"][found["$ref"].rpartition("/")[2]]
    return found


def fields(schema: Schema, document: Schema, depth: int = 0) -> Iterator[Field]:
    """The fields of an answer, those inside of a field right after it."""
    schema = _inside(schema, document)
    if depth >= DEEPEST:
        return
    required = schema.get("required", ())
    for name, said in schema.get("properties", {}).items():
        told = resolved(said, document)
        says = said.get("description", "") or told.get("description", "")
        yield Field(name, kind(told, document), says, depth, name in required)
        yield from fields(told, document, depth + 1)


def _inside(schema: Schema, document: Schema) -> Schema:
    """What a list holds, and the first of several shapes."""
    schema = resolved(schema, document)
    while True:
        if "items" in schema:
            schema = resolved(schema["items"], document)
        elif inner := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
            schema = resolved(inner[0], document)
        elif isinstance(schema.get("additionalProperties"), Mapping) and "properties" not in schema:
            schema = resolved(schema["additionalProperties"], document)
        else:
            return schema


def kind(schema: Schema, document: Schema | None = None) -> str:
    """A schema's kind in a few words: ``number or null``, ``met, missed or null``, ``list of objects``."""
    if document is not None:
        schema = resolved(schema, document)
        for several in ("oneOf", "anyOf", "allOf"):
            if several in schema:
                return " or ".join(dict.fromkeys(kind(one, document) for one in schema[several]))
    said = schema.get("type", "anything")
    names = list(said) if isinstance(said, list | tuple) else [said]
    nothing = " or null" if "null" in names else ""
    name = next((one for one in names if one != "null"), "null")
    if "enum" in schema:
        return ", ".join(str(one) for one in schema["enum"] if one is not None) + nothing
    if name == "array":
        return f"list of {MANY.get(held := kind(schema.get('items', {}), document), held)}{nothing}"
    if name == "object" and isinstance(schema.get("additionalProperties"), Mapping) and "properties" not in schema:
        return f"by name: {kind(schema['additionalProperties'], document)}{nothing}"
    return KINDS.get(schema.get("format", ""), KINDS.get(name, name)) + nothing
