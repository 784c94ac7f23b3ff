"""(pure) What builtin commands do to a script's own variables and options."""

from collections.abc import Iterator

from ingest.repository.documents.shell.model import Assignment, Command, Option, Word

_LETTERS = {
    "a": "allexport", "b": "notify", "e": "errexit", "f": "noglob", "h": "hashall", "k": "keyword", "m": "monitor",
    "n": "noexec", "p": "privileged", "t": "onecmd", "u": "nounset", "v": "verbose", "x": "xtrace",
    "B": "braceexpand", "C": "noclobber", "E": "errtrace", "H": "histexpand", "P": "physical", "T": "functrace",
}  # fmt: skip
_WITH_ARGUMENT = {"read": "dinNptu", "mapfile": "dnOsucC", "readarray": "dnOsucC"}


def options_of(command: Command) -> Iterator[Option]:
    """The options that ``set`` or ``shopt`` switches."""
    if command.name == "set":
        yield from options_in(command.words[1:])
    elif command.name == "shopt" and len(command.words) > 2 and command.words[1].text in ("-s", "-u"):
        for word in command.words[2:]:
            yield Option(word.text, command.words[1].text == "-s", word.line)


def options_in(words: list[Word]) -> Iterator[Option]:
    """The options in arguments such as ``-euo pipefail``; the first other word ends them."""
    rest = iter(words)
    for word in rest:
        sign, letters = word.text[:1], word.text[1:]
        if sign not in ("-", "+") or not letters or letters.startswith("-"):
            return
        for letter in letters[:20]:
            if letter == "o":
                named = next(rest, None)
                if named is not None:
                    yield Option(named.text, sign == "-", named.line)
            elif letter in _LETTERS:
                yield Option(_LETTERS[letter], sign == "-", word.line)


def filled(command: Command) -> Iterator[Assignment]:
    """The variables that a command fills: ``read``, ``mapfile``, ``getopts``, ``printf -v``."""
    if command.name in _WITH_ARGUMENT:
        for word in _names(command):
            yield Assignment(word.text, None, word.line, by=command.name)
    elif command.name == "getopts" and len(command.words) > 2:
        for name in (command.words[2].text, "OPTARG", "OPTIND"):
            yield Assignment(name, None, command.words[2].line, by="getopts")
    elif command.name == "printf" and len(command.words) > 2 and command.words[1].text == "-v":
        yield Assignment(command.words[2].text, None, command.words[2].line, by="printf")


def _names(command: Command) -> Iterator[Word]:
    takes = _WITH_ARGUMENT[command.name]
    rest = iter(command.words[1:])
    for word in rest:
        if not word.text.startswith("-"):
            yield word
        elif word.text[-1] in takes:
            next(rest, None)
