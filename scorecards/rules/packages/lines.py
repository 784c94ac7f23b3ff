"""(pure) Build files that are read line by line: Go's modules, Python's requirements, Gradle's scripts."""

import re

from scorecards.rules.packages.model import Told
from scorecards.rules.packages.nodes import requirement

MAX_LINES = 20_000
_GO = re.compile(
    r"(?:require\s{1,10})?([A-Za-z0-9][\w.~/-]{2,300})\s{1,10}(v[0-9][\w.+-]{0,100})\s{0,10}(//\s*indirect)?"
)
_GRADLE = re.compile(
    r"\b(api|implementation|compileOnly|runtimeOnly|testImplementation|annotationProcessor|classpath|kapt)\b[\s(]{1,10}"
    r"(?:platform\()?[\"']([\w.-]{1,150}:[\w.-]{1,150})(?::([^\"':]{1,100}))?[\"']"
)
_SCOPES = {"testImplementation": "test", "compileOnly": "build", "annotationProcessor": "build", "kapt": "build",
           "classpath": "build"}  # fmt: skip


def go_module(text: str) -> Told:
    """Direct requirements are runtime, indirect ones optional."""
    told, inside = Told(), False
    for number, line in enumerate(text.split("\n")[:MAX_LINES], 1):
        short = line[:600].strip()
        if short.startswith("module "):
            told.name = short.removeprefix("module ").partition("//")[0].strip().strip('"')
        inside = (inside or short.startswith("require (")) and short != ")"
        found = _GO.match(short) if inside or short.startswith("require ") else None
        if found:
            told.add(found[1], found[2], "optional" if found[3] else "runtime", number)
    return told


def requirements(text: str) -> Told:
    told = Told()
    for number, line in enumerate(text.split("\n")[:MAX_LINES], 1):
        requirement(told, line.partition(" #")[0].partition(" --hash")[0].rstrip("\\ "), "runtime", number)
    return told


def gradle(text: str) -> Told:
    """Dependencies written as one text; those of version catalogues are not known here."""
    told = Told(name=None, version=None)
    for number, line in enumerate(text.split("\n")[:MAX_LINES], 1):
        for found in _GRADLE.finditer(line[:600]):
            version = found[3] or ""
            told.add(found[2], None if "$" in version else version, _SCOPES.get(found[1], "runtime"), number)
    return told
