"""(pure) The secrets of one file, without their values: kind, line, a masked excerpt, a salted hash, and how sure."""

import re
from collections.abc import Iterator
from hashlib import sha256

from ingest.repository.tree import RepositoryTree, glob_pattern
from scorecards.reading.secret_names import masked
from scorecards.reading.secrets.literals import graded
from scorecards.reading.secrets.structured import Pair, pairs
from scorecards.reading.secrets.tokens import Confidence, Token, tokens

MAX_FOUND = 200
Seen = list[int | str]  # line, kind, masked excerpt, hash, confidence: what JSON can keep

# Files that hold keys whatever is in them.
_STORES = glob_pattern(
    ("**/*.p12", "**/*.pfx", "**/*.jks", "**/*.keystore", "**/*.kdbx", "**/id_rsa", "**/id_dsa", "**/id_ecdsa",
     "**/id_ed25519", "**/*.ppk", "**/*.keytab")
)  # fmt: skip
_SAMPLES = frozenset(
    {"testing", "testdata", "__tests__", "e2e", "__mocks__", "acceptance", "it", "molecule", "stories", "i18n",
     "locale", "locales", "lang", "langs", "translations", "testutil", "testutils", "testcerts"}
)  # fmt: skip
_SAMPLE_WORD = "(?:tests?|specs?|fixtures?|mocks?|examples?|samples?|demos?)"
_SAMPLE_FOLDER = re.compile(rf"{_SAMPLE_WORD}(?:[-_.].*)?\Z|.*[-_.]{_SAMPLE_WORD}\Z")
_SAMPLE_NAME = re.compile(
    r"(?:test_.*|.*[_.-](?:test|tests|spec|example|sample|dist|template|tmpl|tpl)(?:[_.-].*)?|(?:example|sample)[_.-].*)\Z"
)
_DOCUMENT = glob_pattern(("**/*.md", "**/*.mdx", "**/*.rst", "**/*.adoc", "**/*.txt", "**/docs/**", "**/*.html"))
_SOURCE = glob_pattern(
    ("**/*.go", "**/*.py", "**/*.ts", "**/*.tsx", "**/*.js", "**/*.jsx", "**/*.java", "**/*.kt", "**/*.cs", "**/*.rb",
     "**/*.rs", "**/*.php", "**/*.scala", "**/*.c", "**/*.cc", "**/*.cpp", "**/*.h", "**/*.swift")
)  # fmt: skip
_RANK: dict[str, int] = {"high": 0, "low": 1, "info": 2}


def secrets_in(tree: RepositoryTree, path: str, salt: str = "") -> list[Seen]:
    """[line, kind, masked excerpt, hash, confidence] of each secret, the surest first; the values are not kept.

    ``salt`` is what a guess at a value would have to know. Line 0: the file as a whole. Confidence is ``high``, ``low``
    or, for stand-ins, samples and test data, ``info``.
    """
    text = tree.text(path)
    if text is None:
        told = "info" if is_sample(path) else "low"
        return [[0, "key store", "", _hash(salt, path), told]] if _STORES.match(path) else []
    if text.startswith("$ANSIBLE_VAULT") or not text:
        return []
    found: dict[tuple[int, str], Seen] = {}
    for line, kind, value, confidence in _all(tree, path, text):
        key = (line, _hash(salt, value))
        if key not in found or _RANK[confidence] < _RANK[str(found[key][4])]:
            found[key] = [line, kind, masked(value) if kind != "private key" else "…", key[1], confidence]
        if len(found) >= MAX_FOUND:
            break
    return sorted(found.values(), key=lambda seen: (_RANK[str(seen[4])], seen[0], seen[3]))


def _all(tree: RepositoryTree, path: str, text: str) -> Iterator[tuple[int, str, str, Confidence]]:
    counted, line = 0, 1
    for token in sorted(tokens(text)):
        line, counted = line + text.count("\n", counted, token.offset), token.offset
        yield line, token.kind, token.value, _of_token(path, token)
    known = list(pairs(tree, path, text))
    throwaway = {pair.value for pair in known if pair.throwaway}
    for pair in known:
        confidence = graded(pair.name, pair.value, held=pair.held)
        if confidence is not None:
            yield pair.line, f"value of {pair.name[:60]}", pair.value, _of_pair(path, pair, confidence, throwaway)
        if "-----BEGIN" in pair.value:  # decoded from a Secret's data, where the text itself does not show it
            for token in tokens(pair.value):
                yield pair.line, token.kind, token.value, _of_token(path, token)


def _of_pair(path: str, pair: Pair, confidence: Confidence, throwaway: set[str]) -> Confidence:
    return "info" if pair.throwaway or pair.value in throwaway or is_sample(path) else confidence


def _of_token(path: str, token: Token) -> Confidence:
    if token.confidence == "info" or is_sample(path):
        return "info"
    if _DOCUMENT.match(path):
        return "info" if token.kind in ("private key", "password in a URL", "JSON web token") else "low"
    return "low" if _SOURCE.match(path) and token.kind == "password in a URL" else token.confidence


def is_sample(path: str) -> bool:
    """Whether a file's place or name says that it holds test data or a sample."""
    *folders, name = path.lower().split("/")
    if folders[-1:] == ["ci"] and "values" in name:  # what the test tool of charts installs them with
        return True
    if not _SAMPLES.isdisjoint(folders) or _SAMPLE_NAME.match(name[:200]):
        return True
    return any(_SAMPLE_FOLDER.match(folder[:200]) for folder in folders)


def _hash(salt: str, value: str) -> str:
    return sha256(f"{salt}\0{value}".encode("utf-8", "replace")).hexdigest()[:16]
