"""(pure) What a source's parser is told, read from JSON: an unknown name or a wrong type is refused with its place.

An options class is a frozen dataclass whose fields have defaults. ``READERS`` beside it maps each name that may be told
to one of the functions here; ``read`` makes the options of both.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from ingest.errors import MalformedPayload

Reader = Callable[[object, str], Any]
OptionsT = TypeVar("OptionsT")
SEVERITIES = ("sev1", "sev2", "sev3", "sev4")
MAX_TEXT = 200


class InvalidOptions(MalformedPayload):
    """The source's options make no sense; the message names the option."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "bad_options")


def read(default: OptionsT, told: object, readers: Mapping[str, Reader], prefix: str = "") -> OptionsT:
    """``default`` with what is told in its place. Raises ``InvalidOptions``."""
    values = an_object(told, prefix.rstrip(".") or "options")
    unknown = sorted(values.keys() - readers.keys())
    if unknown:
        raise InvalidOptions(f"The option {prefix}{unknown[0]} is not known. Known are: {', '.join(readers)}.")
    changes = {name: readers[name](value, prefix + name) for name, value in values.items()}
    return replace(default, **changes)  # type: ignore[type-var]


def matches(name: str, globs: tuple[str, ...]) -> bool:
    """Whether ``name`` fits one of the globs, letter by letter."""
    return any(fnmatchcase(name, glob) for glob in globs)


def an_object(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidOptions(f"{name} must be an object.")
    return value


def a_text(value: object, name: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT:
        raise InvalidOptions(f"{name} must be a text of 1 to {MAX_TEXT} characters.")
    return value


def texts(value: object, name: str) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(item, str) and 0 < len(item) <= MAX_TEXT for item in values):
        raise InvalidOptions(f"{name} must be a text or a list of texts.")
    return tuple(values)


def a_flag(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise InvalidOptions(f"{name} must be true or false.")
    return value


def one_of(*choices: str) -> Reader:
    """A reader of one of ``choices``."""

    def read_choice(value: object, name: str) -> str:
        if not isinstance(value, str) or value not in choices:
            raise InvalidOptions(f"{name} is {value!r}; it must be one of {', '.join(choices)}.")
        return value

    return read_choice


def text_by_text(value: object, name: str) -> dict[str, str]:
    """An object of texts; its keys are compared in lower case."""
    return {a_text(key, name).lower(): a_text(item, f"{name}.{key}") for key, item in an_object(value, name).items()}


def severities(value: object, name: str) -> dict[str, str]:
    """The sender's words, in lower case, and the severity that each stands for."""
    found = text_by_text(value, name)
    for word, severity in found.items():
        if severity not in SEVERITIES:
            raise InvalidOptions(f"{name}.{word} is {severity!r}; it must be one of {', '.join(SEVERITIES)}.")
    return found
