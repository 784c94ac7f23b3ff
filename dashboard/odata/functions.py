"""(pure) The functions that a ``$filter`` may call: what each takes and what it gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard.datasets.columns import Type
from dashboard.odata.nodes import BadOption, Call, Literal, Value

MATCHES = ("contains", "startswith", "endswith")
LONGEST_TEXT = 100_000
_TEXTS, _NUMBERS = (Type.TEXT,), (Type.INTEGER, Type.NUMBER)
_TIMES, _DAYS = (Type.TIME,), (Type.TIME, Type.DAY)
_PLACE = ()  # a whole number that is written out


@dataclass(frozen=True, slots=True)
class Function:
    """``takes``: of each argument, the types that it may have."""

    takes: tuple[tuple[Type, ...], ...]
    gives: Type
    optional: int = 0


FUNCTIONS: Mapping[str, Function] = {
    "tolower": Function((_TEXTS,), Type.TEXT),
    "toupper": Function((_TEXTS,), Type.TEXT),
    "trim": Function((_TEXTS,), Type.TEXT),
    "concat": Function((_TEXTS, _TEXTS), Type.TEXT),
    "substring": Function((_TEXTS, _PLACE, _PLACE), Type.TEXT, optional=1),
    "length": Function((_TEXTS,), Type.INTEGER),
    "indexof": Function((_TEXTS, _TEXTS), Type.INTEGER),
    "year": Function((_DAYS,), Type.INTEGER),
    "month": Function((_DAYS,), Type.INTEGER),
    "day": Function((_DAYS,), Type.INTEGER),
    "hour": Function((_TIMES,), Type.INTEGER),
    "minute": Function((_TIMES,), Type.INTEGER),
    "second": Function((_TIMES,), Type.INTEGER),
    "date": Function((_TIMES,), Type.DAY),
    "floor": Function((_NUMBERS,), Type.NUMBER),
    "ceiling": Function((_NUMBERS,), Type.NUMBER),
    "round": Function((_NUMBERS,), Type.NUMBER),
}


def call(name: str, of: Sequence[Value]) -> Call:
    """The function of these. Raises ``BadOption`` where it takes others."""
    function = FUNCTIONS[name]
    most = len(function.takes)
    if not most - function.optional <= len(of) <= most:
        raise BadOption(f"{name} takes {most} argument{'s' if most > 1 else ''}.")
    for one, types in zip(of, function.takes, strict=False):
        if types == _PLACE:
            if not (isinstance(one, Literal) and one.type is Type.INTEGER and 0 <= one.value <= LONGEST_TEXT):
                raise BadOption(f"{name} takes a text and whole numbers from 0 on.")
        elif one.type not in types:
            raise BadOption(f"{name} takes a value of type {' or '.join(types)}.")
    return Call(name, tuple(of), function.gives)
