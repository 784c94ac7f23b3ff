"""(pure) Handlers of requests that change something, by lexical rules: what they check, record and answer."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.platform_api.contract import is_secret_member
from scorecards.reading.sources import Function, binds, calls_of, code, functions, language

MAX_HANDLERS = 300
_NAMED = re.compile(
    r"(?:(?:handle|on)?_?(?:create|update|delete|patch|put|post|provision|deprovision|destroy|remove|register|add|apply|"
    r"rotate|scale|restart|deploy|approve)(?=[A-Z_]|\Z)|/)",
    re.I,
)
_TAKES_REQUEST = {
    "go": re.compile(r"\*gin\.Context|http\.ResponseWriter|echo\.Context|\*fiber\.Ctx|huma\.Context"),
    "py": re.compile(
        r"@\w{1,40}(?:\.\w{1,40})?\.(?:post|put|patch|delete)\(|methods\s{0,3}=\s{0,3}\[[^\]]{0,60}(?:POST|PUT|DELETE)"
    ),
    "ts": re.compile(
        r"\breq(?:uest)?\b[^\n]{0,80}\bres(?:ponse)?\b|\.(?:post|put|patch|delete)\(|\bctx\s?:\s?Context|@(?:Post|Put|Patch|Delete)\("
    ),
    "java": re.compile(
        r"@(?:Post|Put|Patch|Delete)Mapping|@(?:POST|PUT|PATCH|DELETE)\b|\[Http(?:Post|Put|Patch|Delete)"
    ),
}
_BINDS = re.compile(
    r"ShouldBind|\bBind(?:JSON|AndValidate)?\(|[vV]alidat|\.parse\(|safeParse|@Valid\b|Joi\.|zod|BaseModel|ModelState"
    r"|:\s?[A-Z]\w{1,60}(?:Request|Input|Create|Payload|Body|Schema|In)\b|checkSchema|ajv"
)
_AUTHORISES = re.compile(
    r"IsInTeam|[iI]s_?(?:In|Member|Owner|Allowed|Authori[sz]ed)|[aA]uthori[sz]e|[hH]as_?(?:Role|Permission|Access|Scope|Team)"
    r"|[cC]heck_?(?:Access|Permission|Team|Ownership)|[rR]equire_?(?:Role|Team|Permission|Scope)|@PreAuthorize|@RolesAllowed"
    r"|\bcan\(|\bCan\(|enforcer\.|Enforce\(|opa\.|permissions?\.|\[Authorize|belongs_?to_?team|memberOf|user_teams"
)
_TEAM = re.compile(r"(?i)team|group|tenant|owner|namespace|project|organi[sz]ation")
_CREATES = re.compile(r"\.(?:[cC]reate|[uU]pdate|[dD]elete|[aA]pply|[pP]rovision|[iI]nsert|[sS]ave|[pP]atch)\w{0,40}\(")
_AUDITS = re.compile(
    r"\b(\w{0,40}[aA]udit\w{0,40})(?:\.\w{1,60})?\s?\(|\b(\w{1,40})\.(?:\w{0,40}[aA]udit\w{0,40})\s?\("
)
_FORBIDS = re.compile(r"StatusForbidden|\b403\b|[fF]orbidden|PermissionDenied|HTTP_403|StatusUnauthorized|AccessDenied")
_UNTYPED = re.compile(
    r"map\[string\](?:interface\{\}|any)|Record<string,\s?(?:any|unknown)>|[dD]ict\[str,\s?(?:Any|object)\]"
    r"|Map<String,\s?(?:Object|\?)>|Dictionary<string,\s?object>"
)
_RESPONDS = re.compile(
    r"(?:\bc|\bctx|\becho|\bres|\bresponse|\breply|\bw|\brender|\bJSONResponse|\bjsonify|ResponseEntity|\bOk|\bCreated|Results)"
    r"(?:\.\w{1,30}(?:\([^()\n]{0,60}\))?){0,3}\(|\breturn\s{1,3}\{|Encode\("
)
_MEMBER = re.compile(r"""(?:["'`](\w{2,60})["'`]|\b(\w{2,60}))\s?(?::|=>)\s?([^,}\n]{1,200})""")
_REFERENCE = re.compile(r"(?i)(?:ref|name|path|arn|id|url)\b[\s()]{0,5}\Z")
_INTERNAL = re.compile(
    r"(?:InternalServerError|\b500\b)[^;\n]{0,120}?(?:\berr\.Error\(\)|\berr(?:or)?\.message|\bstr\((?:e|exc|err|ex)\)|\be(?:x)?\.getMessage"
    r"|\berr\.stack)|http\.Error\(\s?w,\s?err\.Error\(\),\s?(?:500|http\.StatusInternalServerError)"
)
_MIDDLEWARE = re.compile(
    r"\.(?:Use|use)\(\s{0,20}[^)\n]{0,200}(?i:auth|jwt|oidc|rbac|permission)|add_middleware\([^)\n]{0,100}(?i:auth)"
)


@dataclass(frozen=True, slots=True, eq=False)
class Handler:
    """A handler; each place is ``None`` where there is no such thing.

    ``denial_audited`` is ``None`` where it denies nothing. ``undefined`` is what records, but is neither imported nor
    declared in the file.
    """

    function: Function
    binds: Place | None
    authorises: Place | None
    by_team: bool
    untyped: Place | None
    audited: Place | None
    denial_audited: bool | None
    undefined: str
    outcome_told: bool
    secrets: tuple[tuple[str, Place], ...]
    internals: tuple[Place, ...]

    @property
    def unit(self) -> str:
        return f"{self.function.path} {self.function.name}"

    @property
    def place(self) -> Place:
        return Place(self.function.path, self.function.line)


def handlers(tree: RepositoryTree, path: str) -> list[Handler]:
    """The handlers of a file that change something."""
    return tree.derive(_handlers, path)


def middleware(tree: RepositoryTree, paths: list[str]) -> Place | None:
    """Where authentication is put in front of all handlers."""
    for path in paths[:500]:
        text = tree.text(path) or ""
        if ("Use(" in text or "use(" in text or "middleware" in text) and (match := _MIDDLEWARE.search(text)):
            return Place(path, text.count("\n", 0, match.start()) + 1)
    return None


def _handlers(tree: RepositoryTree, path: str) -> list[Handler]:
    text, kind = tree.text(path) or "", language(path)
    if not kind or not _TAKES_REQUEST[kind].search(text[:300_000]):
        return []
    untyped = _UNTYPED.search(text[:300_000])
    where = Place(path, text.count("\n", 0, untyped.start()) + 1) if untyped is not None else None
    found = [_handler(one, where) for one in functions(tree, path) if _changes(one, kind)][:MAX_HANDLERS]
    bound = {name: binds(path, text, name) for name in sorted({one.undefined for one in found if one.undefined})[:50]}
    return [replace(one, undefined="") if bound.get(one.undefined) else one for one in found]


def _changes(one: Function, kind: str) -> bool:
    head = one.text[:600].partition("{\n")[0] if kind == "go" else one.text[:600]
    if not _TAKES_REQUEST[kind].search(head):
        return False
    return kind in ("py", "java") or bool(_NAMED.match(one.name))


def _handler(one: Function, untyped: Place | None) -> Handler:
    """``undefined`` is what records, whether the file binds it or not."""
    bare = code(one.path, one.text)
    created = _CREATES.search(bare)
    check = _AUTHORISES.search(bare)
    early = check is not None and (created is None or check.start() < created.start())
    records = _AUDITS.search(bare)
    name = (records[1] or records[2]) if records is not None else ""
    return Handler(
        one,
        _place(one, _BINDS.search(bare)),
        _place(one, check if early else None),
        check is not None and bool(_TEAM.search(bare[max(0, check.start() - 200) : check.end() + 200])),
        untyped,
        _place(one, records),
        _denial(bare, records),
        "" if _is_member(name, bare, records) else name,
        bool(re.search(r"(?i)\b(?:outcome|result|status|success|allowed|decision)\b\s?[:=]", bare)),
        tuple(_secrets(one)),
        tuple(Place(one.path, one.line_at(match.start())) for match in _INTERNAL.finditer(one.text[:60_000])),
    )


def _place(one: Function, match: re.Match[str] | None) -> Place | None:
    return Place(one.path, one.line_at(match.start())) if match is not None else None


def _denial(bare: str, records: re.Match[str] | None) -> bool | None:
    """Whether a denial is recorded: before it is answered, or in its branch."""
    denied = _FORBIDS.search(bare)
    if denied is None:
        return None
    if records is None:
        return False
    if records.start() < denied.start():
        return True
    end = bare.find("}", denied.end())
    branch = bare[denied.start() : end if end > 0 else denied.end() + 300]
    return bool(_AUDITS.search(branch))


def _is_member(name: str, bare: str, records: re.Match[str] | None) -> bool:
    """Whether what records belongs to something else, which is known by that."""
    before = bare[records.start() - 1] if records is not None and records.start() > 0 else ""
    return before == "." or name in ("self", "this")


def _secrets(one: Function) -> Iterator[tuple[str, Place]]:
    """Members of answers that are called like secrets and hold no reference."""
    for offset, inside in calls_of(one.text[:60_000], _RESPONDS):
        for member in _MEMBER.finditer(inside[:6_000]):
            name = member[1] or member[2]
            if is_secret_member(name) and not _REFERENCE.search(member[3].strip()):
                yield name, Place(one.path, one.line_at(one.text.find(member[0], offset)))
