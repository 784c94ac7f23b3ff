"""(pure) How delivery tools name what they deploy: service, environment and version by labels, parameters or options.

``Naming`` is the base of such a tool's options; ``READERS`` reads it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from ingest.parsers.fields import MAX_NAME, Fields, as_sha, clean
from ingest.parsers.github.options import READERS as GITHUB
from ingest.parsers.github.options import EnvironmentNames
from ingest.parsers.options import Reader, a_text, text_by_text, texts

MAX_ID = 300
KINDS = ("release", "rollback", "hotfix")

Told = dict[str, str]


@dataclass(frozen=True, slots=True)
class Naming:
    """``…_keys``: names of labels, annotations, parameters or other metadata, the first told one counts, in any case of
    letters. ``environments`` and ``services``: by globs of the thing's name, in lower case."""

    environment: str = "production"
    environment_keys: tuple[str, ...] = ("plumbline.io/environment", "environment", "env", "deploy_env")
    environments: Mapping[str, str] = field(default_factory=dict)
    environment_names: EnvironmentNames | None = None
    service_keys: tuple[str, ...] = ("plumbline.io/service", "app.kubernetes.io/name", "service", "app")
    services: Mapping[str, str] = field(default_factory=dict)
    version_keys: tuple[str, ...] = ("plumbline.io/version", "app.kubernetes.io/version", "version", "image_tag", "tag")


READERS: dict[str, Reader] = {
    "environment": a_text,
    "environment_keys": texts,
    "environments": text_by_text,
    "environment_names": GITHUB["environment_names"],
    "service_keys": texts,
    "services": text_by_text,
    "version_keys": texts,
}


class Place(NamedTuple):
    """``service`` ``None``: nothing names it. ``told``: the environment is told, and not the option's default."""

    service: str | None
    environment: str
    told: bool


def place_of(naming: Naming, told: Told, *names: str) -> Place:
    """Where something is deployed: by what it is told, else by its names in the options, the first that fits."""
    by_pattern = _by_pattern(naming.environment_names, names)
    service = first_told(told, naming.service_keys) or by_glob(naming.services, *names) or by_pattern[0]
    environment = first_told(told, naming.environment_keys) or by_glob(naming.environments, *names) or by_pattern[1]
    return Place(service, environment or naming.environment, environment is not None)


def _by_pattern(pattern: EnvironmentNames | None, names: tuple[str, ...]) -> tuple[str | None, str | None]:
    """By the first name that is so made; a name with what it lies in, such as ``namespace/name``, is not asked."""
    for name in names if pattern else ():
        service, environment = pattern.split(name) if "/" not in name else (None, "")  # type: ignore[union-attr]
        if service is not None:
            return service, environment
    return None, None


def by_glob(known: Mapping[str, str], *names: str) -> str | None:
    """What stands in an option for the first glob that one of ``names`` fits, in any case of letters."""
    lowered = [name.lower() for name in names]
    return next((value for glob, value in known.items() if any(fnmatchcase(name, glob) for name in lowered)), None)


def fits(globs: tuple[str, ...], *names: str) -> bool:
    """Whether one of ``names`` fits one of ``globs``, in any case of letters."""
    return any(fnmatchcase(name.lower(), glob.lower()) for name in names for glob in globs)


def first_told(told: Told, keys: tuple[str, ...]) -> str | None:
    return next((told[key.lower()] for key in keys if key.lower() in told), None)


def told_in(*objects: object) -> Told:
    """Labels, annotations or parameters as one: names in lower case, values that can be names. Later ones win."""
    found: Told = {}
    for value in objects:
        if isinstance(value, dict):
            for key, item in value.items():
                name = as_name(item)
                if name is not None:
                    found[clean(key).lower()] = name
    return found


def as_name(value: object) -> str | None:
    """A text, or a whole number as text; ``None`` for what can be no name."""
    if type(value) is int:
        value = str(value) if 0 <= value < 2**63 else ""
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_NAME:
        return None
    return clean(value.strip())


def object_or_none(fields: Fields, name: str) -> dict[str, Any] | None:
    """An object of texts, such as labels, as it is; refused where it is something else."""
    fields.maybe_child(name)
    value = fields.raw(name)
    return value if isinstance(value, dict) else None


def external_id(*parts: str | int | None) -> str:
    """An id of these parts, at most 300 characters: what is longer ends in its digest, so that it stays unique."""
    texts = [clean(str(part)).strip("/") for part in parts if part is not None]
    whole = "/".join(text for text in texts if text)
    if len(whole) <= MAX_ID:
        return whole
    return f"{whole[: MAX_ID - 33]}/{hashlib.sha256(whole.encode()).hexdigest()[:32]}"


def sha_of_tag(tag: str | None) -> str | None:
    """The commit that a version or an image's tag is named after: ``3f2a9b1``, ``sha-3f2a9b1``, ``main-3f2a9b1``.

    A name of digits alone is no sha, nor is what is shorter than seven.
    """
    last = (tag or "").rpartition("-")[2].lower()
    found = as_sha(last)
    return found if found and len(found) <= 40 and not found.isdigit() and not found.isalpha() else None


def version_of_images(images: list[str], *names: str) -> str | None:
    """The tag (else the digest) of the image that bears one of ``names``, or of the only one; ``None`` if unclear."""
    wanted = {name.lower() for name in names}
    named = [image for image in images if _image_name(image).lower() in wanted]
    chosen = named[:1] or (images if len(images) == 1 else [])
    return _tag_of(chosen[0]) if chosen else None


def _image_name(image: str) -> str:
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0]


def _tag_of(image: str) -> str | None:
    name, _, digest = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    return as_name(tag or digest)
