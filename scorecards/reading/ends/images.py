"""(pure) What stands in images: a runtime or a server by the name, a distribution by the tag or within the name."""

import re
from collections.abc import Iterator
from datetime import date

from ingest.repository.node import Place
from scorecards.reading import lifecycle
from scorecards.reading.ends.used import Used
from scorecards.reading.images import image
from scorecards.reading.lifecycle import End

_NUMBER = re.compile(r"v?(\d{1,6}(?:\.\d{1,6}){0,3})(?:-|_|\Z|[a-z])")
_CODENAMES = {
    "jessie": ("debian", "8"), "stretch": ("debian", "9"), "buster": ("debian", "10"), "bullseye": ("debian", "11"),
    "trusty": ("ubuntu", "14.04"), "xenial": ("ubuntu", "16.04"), "bionic": ("ubuntu", "18.04"),
    "focal": ("ubuntu", "20.04"), "jammy": ("ubuntu", "22.04"),
}  # fmt: skip
_NAMES = "ubuntu|debian|alpine|centos|fedora|opensuse|amazonlinux|oraclelinux"
# debian10, ubuntu2004, ubuntu-20.04, alpine3.17, centos:7
_DISTRIBUTION = re.compile(rf"(?<![a-z])({_NAMES})[-_:]?(?:leap[-_:]?)?v?(\d{{1,4}}(?:\.\d{{1,2}}){{0,2}})(?![\d.]*\d)")
_OFFICIAL = ("library/",)
_DOTNET = "dotnet/"
_ALIASES = {"go": "golang", "postgresql": "postgres", "mongodb": "mongo"}
_SERVERS = ("docker.io/", "public.ecr.aws/docker/library/", "mirror.gcr.io/", "registry.hub.docker.com/")
# Images that stay while the rest of their registry goes: https://github.com/bitnami/sealed-secrets/issues/1790
_KEPT = frozenset({"docker.io/bitnami/sealed-secrets-controller", "docker.io/bitnami/minideb"})
MAX_TEXT = 500


def of_image(reference: str, place: Place) -> Iterator[Used]:
    """What an image holds that may end; nothing of one that only running tells."""
    found = image(reference)
    if found is None:
        return
    shown = reference.strip().partition("@")[0][:80]
    whole = f"{found.registry}/{found.repository}"
    for registry in _registries(whole) if whole not in _KEPT else ():
        yield Used("registry", registry, found.tag, shown, place)
    name = _official_name(whole)
    number = _NUMBER.match(found.tag)
    if name and number:
        yield Used("image", name, number[1], shown, place)
    for distribution, version in distributions(f"{found.repository}:{found.tag}"):
        yield Used("distribution", distribution, version, shown, place)


def _registries(whole: str) -> Iterator[str]:
    """The registry, and the registry with the first folder."""
    registry, _, rest = whole.partition("/")
    yield registry
    if "/" in rest:
        yield f"{registry}/{rest.partition('/')[0]}"


def _official_name(whole: str) -> str:
    """The name of an image that its own project publishes; empty of all others."""
    if f"/{_DOTNET}" in whole and whole.startswith("mcr.microsoft.com/"):
        return "dotnet"
    server = next((one for one in _SERVERS if whole.startswith(one)), "")
    rest = whole.removeprefix(server).removeprefix("library/") if server else "/"
    return "" if "/" in rest else _ALIASES.get(rest, rest)


def distributions(text: str) -> Iterator[tuple[str, str]]:
    """The (distribution, version) that a name with its tag tells."""
    text = text.lower()[:MAX_TEXT].removeprefix("library/")
    for name, number in _DISTRIBUTION.findall(text):
        yield name, _dotted(name, number)
    for word in re.split(r"[^a-z]+", text):
        if word in _CODENAMES:
            yield _CODENAMES[word]


def _dotted(name: str, number: str) -> str:
    """``2004`` as ``20.04``; others as they are."""
    return f"{number[:2]}.{number[2:]}" if name == "ubuntu" and number.isdigit() and len(number) == 4 else number


def ended_distribution(reference: str, as_of: date) -> End | None:
    """What says that the distribution in an image has ended."""
    found = image(reference)
    name = f"{found.repository}:{found.tag}" if found is not None else reference
    ends = [lifecycle.ended("distribution", one, version, as_of) for one, version in distributions(name)]
    return next((end for end in ends if end is not None), None)
