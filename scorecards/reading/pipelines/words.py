"""(pure) Commands stripped to what they run: wrappers taken off, the program, its arguments without flags."""

import re
from collections.abc import Sequence
from typing import NamedTuple

_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,100}=")
_VERSIONED = re.compile(r"(?<=[a-z])-?[0-9]+(?:\.[0-9]+)*$")

# Programs that run what follows them, with the flags that take a value.
_WRAPPERS: dict[str, frozenset[str]] = {
    "sudo": frozenset({"-u", "-g", "-h", "-p", "-C"}),
    "env": frozenset({"-u", "-C", "-S"}),
    "time": frozenset({"-f", "-o"}),
    "nohup": frozenset(), "exec": frozenset(), "command": frozenset(), "eval": frozenset(), "nice": frozenset({"-n"}),
    "timeout": frozenset({"-s", "-k"}),
    "xvfb-run": frozenset({"-s", "-n", "-e"}),
    "xargs": frozenset({"-n", "-I", "-P", "-L", "-d"}),
    "npx": frozenset({"-p", "--package"}), "bunx": frozenset(), "pnpx": frozenset(),
    "uvx": frozenset({"--from", "--with"}),
    "stdbuf": frozenset(), "unbuffer": frozenset(), "retry": frozenset(), "arch": frozenset(), "!": frozenset(),
    "dotenv": frozenset({"-f", "-e"}), "op": frozenset(),
}  # fmt: skip
_RUNNERS: dict[str, tuple[str, ...]] = {
    "poetry": ("run",), "pipenv": ("run",), "uv": ("run",), "pdm": ("run",), "rye": ("run",), "hatch": ("run",),
    "bundle": ("exec",), "pnpm": ("exec", "dlx"), "yarn": ("exec", "dlx"), "npm": ("exec",), "mise": ("exec", "x"),
    "conda": ("run",), "micromamba": ("run",), "direnv": ("exec",), "dotnet": ("tool",), "pipx": ("run",),
    "asdf": ("exec",), "flox": ("activate",), "doppler": ("run",), "infisical": ("run",), "chamber": ("exec",),
    "aws-vault": ("exec",), "op": ("run",), "teller": ("run",), "earthly": (),
}  # fmt: skip
_VALUED = frozenset(
    {"-n", "--namespace", "--context", "--kube-context", "--kubeconfig", "-C", "--directory", "--profile", "--region",
     "--project", "-f", "--file", "--prefix", "--cwd", "--workdir", "-w", "--workspace", "--filter", "-p", "-c",
     "--config", "-H", "--host", "--project-name", "--env-file", "--working-dir", "--terragrunt-working-dir", "-m",
     "--builder", "--manifest-path", "--repo", "-R", "--log-level", "-e", "-s", "--stage", "--progress"}
)  # fmt: skip


class Run(NamedTuple):
    """What a command runs. ``plain`` are its arguments without flags and their values; ``flags`` those with a dash."""

    program: str
    arguments: tuple[str, ...]
    plain: tuple[str, ...]

    @property
    def flags(self) -> tuple[str, ...]:
        return tuple(word for word in self.arguments if word.startswith("-"))

    def has(self, *names: str) -> bool:
        """Whether a flag of these names is given, also as ``name=value``."""
        return any(flag.partition("=")[0] in names for flag in self.arguments)

    def value(self, *names: str) -> str:
        """The value of the first flag of these names: ``--name value`` or ``--name=value``; empty without one."""
        for index, word in enumerate(self.arguments):
            name, equals, text = word.partition("=")
            if name in names:
                return text if equals else next(iter(self.arguments[index + 1 : index + 2]), "")
        return ""


def run_of(words: Sequence[str]) -> Run:
    """What a command runs after its wrappers are taken off."""
    rest = unwrapped(words)
    if not rest:
        return Run("", (), ())
    return Run(program_of(rest[0]), tuple(rest[1:]), _plain(rest[1:]))


def unwrapped(words: Sequence[str]) -> list[str]:
    """The words of a command after its wrappers (``sudo``, ``poetry run``, ``docker run IMAGE``) are taken off."""
    rest = list(words)
    for _ in range(10):
        stripped = _unwrapped(rest)
        if stripped is None:
            break
        rest = stripped
    return rest


def program_of(word: str) -> str:
    """A program's name without its folder and version."""
    name = word.rpartition("/")[2] if not word.endswith("/") else word
    return _VERSIONED.sub("", name) if name.startswith(("python", "pip", "node", "php", "clang", "gcc")) else name


def _unwrapped(words: list[str]) -> list[str] | None:
    """The words without their first wrapper; ``None`` where there is none."""
    if not words:
        return None
    if _ASSIGNMENT.match(words[0]):
        return words[1:]
    name = program_of(words[0])
    if name in ("docker", "podman", "docker-compose", "nerdctl"):
        return _in_container(name, words)
    if name in _RUNNERS and len(words) > 1:
        return _after_runner(name, words)
    if name in _WRAPPERS:
        rest = _after_flags(words[1:], _WRAPPERS[name])
        return rest[1:] if name == "timeout" and rest else rest
    if name in ("python", "py"):
        return _of_python(words[1:])
    return None


def _of_python(arguments: list[str]) -> list[str] | None:
    """The module or the file that Python runs."""
    for index, word in enumerate(arguments[:6]):
        if word == "-m":
            return arguments[index + 1 :] or None
        if not word.startswith("-"):
            return arguments[index:] if word.endswith(".py") else None
    return None


def _after_runner(name: str, words: list[str]) -> list[str] | None:
    """What runs in an environment that a tool makes: ``poetry run pytest``."""
    rest = _after_flags(words[1:], _VALUED)
    if not rest or rest[0] not in _RUNNERS[name]:
        return None
    inside = _after_flags(rest[1:], _VALUED | {"--with", "--extra", "--group", "--package"})
    return inside[1:] if name == "dotnet" else inside or None


def _after_flags(words: list[str], valued: frozenset[str]) -> list[str]:
    at = 0
    while at < len(words) and (words[at].startswith("-") or _ASSIGNMENT.match(words[at])):
        at += 2 if words[at] in valued else 1
    return words[at:]


_CONTAINER_VALUED = frozenset(
    {"-v", "--volume", "-e", "--env", "-w", "--workdir", "--name", "-u", "--user", "--network", "--net", "-p",
     "--publish", "--env-file", "--mount", "--entrypoint", "-f", "--file", "--platform", "-m", "--memory", "--cpus",
     "-h", "--hostname", "--add-host", "--pull", "-l", "--label", "--ulimit", "--profile", "--index"}
)  # fmt: skip


def _in_container(name: str, words: list[str]) -> list[str] | None:
    """What ``docker run IMAGE ...`` or ``compose run SERVICE ...`` runs inside; an image alone is its program."""
    rest = _after_flags(words[1:], _CONTAINER_VALUED)
    if rest[:1] == ["compose"]:
        rest = _after_flags(rest[1:], _CONTAINER_VALUED)
    elif rest[:1] == ["container"]:
        rest = rest[1:]
    if not rest or rest[0] not in ("run", "exec"):
        return None
    entry = Run("", tuple(rest), ()).value("--entrypoint")
    inside = _after_flags(rest[1:], _CONTAINER_VALUED)
    if not inside:
        return None
    image = inside[0].partition("@")[0].rpartition("/")[2].partition(":")[0]
    return (
        [entry or image, *inside[1:]]
        if entry or len(inside) < 2 or inside[1].startswith("-")
        else _either(image, inside)
    )


def _either(image: str, inside: list[str]) -> list[str]:
    """The command inside; or, where the image is a tool of its own, the tool with its arguments."""
    tools = {"trivy", "grype", "hadolint", "terraform", "tfsec", "checkov", "semgrep", "gitleaks", "helm", "kubectl"}
    return [image, *inside[1:]] if image in tools and inside[1] != image else inside[1:]


def _plain(words: Sequence[str]) -> tuple[str, ...]:
    found: list[str] = []
    skip = False
    for word in words[:200]:
        if skip:
            skip = False
        elif word.startswith("-") and word != "-":
            skip = word in _VALUED
        else:
            found.append(word)
    return tuple(found)
