"""(pure) Whether what stands under a secret-like key is a secret: a literal, a name, a reference, or a stand-in."""

import re

from scorecards.reading.secret_names import is_expression, is_placeholder, is_secret_name
from scorecards.reading.secrets.tokens import Confidence

MAX_VALUE = 4096
# Cheap words of which one stands in every secret-like key.
HINTS = ("passw", "passphrase", "pwd", "secret", "token", "key", "credential", "connectionstring", "auths")
_PASSWORDS = ("password", "passwd", "passphrase", "pwd")
_NAMES = ("secret", "credential", "credentials")
_WORD = re.compile(r"[a-z]+\Z|[A-Z][a-z]+\Z")
_NAME = re.compile(r"[a-z]+[0-9]{0,3}(?:[-_./][a-z]+[0-9]{0,3})*\Z")
_OF_SECRET = re.compile(
    r"(?i)(?:^|[-_./])(?:[a-z]*passw(?:or)?d|pwd|secrets?|[a-z]*token|[a-z]*key|keys|creds?|credentials?|cert|tls|auth"
    r"|pem|crt|jwt)\Z"
)
_UPPER_NAME = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\Z")
_PATH = re.compile(r"(?:~|\.{1,2})?/[\w.@-]+(?:/[\w.@-]+)*/?\Z|[A-Za-z]:\\")
_FILE = re.compile(
    r"[\w./-]{1,200}\.(?:ya?ml|json|pem|key|crt|cert|txt|env|conf|cfg|ini|p12|pfx|jks|toml|tpl|tf)\Z", re.I
)
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+\Z")
_CALL = re.compile(r"[A-Za-z_][\w.]{0,100}\(")
# A dollar within a password: no variable is called Word or wOrd in the middle of a text.
_INNER_DOLLAR = re.compile(r"(?<=.)\$(?=[A-Z]?[a-z]{1,40}(?:[^a-z]|\Z))(?=[A-Z]|[a-z]{1,40}[A-Z])")
_FILLED = re.compile(
    r"\{[A-Z][A-Z0-9_]{0,100}\}\Z|__[A-Za-z0-9_]{1,100}__\Z|@[A-Za-z0-9_.-]{1,100}@\Z|#\{[^}]{1,100}\}#?\Z"
)
_IN_CONNECTION = re.compile(r"(?i)(?:password|pwd|accountkey|sharedaccesskey)\s{0,3}=\s{0,3}[^;\s]{4}")
_URL = re.compile(r"[a-z][a-z0-9+.-]{1,20}://", re.I)
_SEALED = re.compile(r"ENC\[|\{cipher\}|\{AQA|AgA[A-Za-z0-9+/]{200}|AgB[A-Za-z0-9+/]{200}|\$ANSIBLE_VAULT|!vault")
_HASH = re.compile(
    r"(?:[\w.@-]{1,64}:)?(?:\$(?:1|2[abxy]?|5|6|7|y|apr1|argon2[a-z]*|scrypt|pbkdf2[a-z0-9-]*)\$"
    r"|\{(?:S?SHA|SMD5|CRYPT)[0-9]{0,3}\})"
)
_BLANKED = re.compile(r"[xX*.#_-]{3,}\Z")
_SETTINGS = frozenset(
    {"true", "false", "yes", "no", "on", "off", "none", "null", "read", "write", "always", "on_create", "never",
     "optional", "required", "string", "bearer", "basic", "inherit", "enabled", "disabled", "prompt", "include",
     "omit", "same-origin", "opaque", "auto", "plain", "header", "cookie", "query", "body", "file", "env", "object"}
)  # fmt: skip


def graded(name: str, value: str, *, held: bool = False) -> Confidence | None:
    """How surely a key holds a secret in plain text; ``None`` where it holds none at all.

    ``high``: 8 characters or more that are no name; ``low``: short ones, single words and hashes of passwords, which
    somebody has to look at; ``info``: a placeholder. ``held``: it stands in a Secret, which holds values, no names.
    """
    text = value.strip().strip("'\"").strip()
    if not any(map(str.isalnum, text)) or len(name) > 200 or len(text) > MAX_VALUE or not is_secret_name(name):
        return None
    if _HASH.match(text):
        return "low"
    if text.lower() in _SETTINGS or _is_elsewhere(text) or any(character.isspace() for character in text):
        return None
    if _folded(name).endswith("connectionstring") and not _IN_CONNECTION.search(text):
        return None
    if is_placeholder(text) or _BLANKED.match(text):
        return "info"
    if not held and _names_secret(name, text):
        return None
    if len(text) < 8 or _WORD.match(text):
        return "low" if _is_password(name) or len(text) > 5 else None
    return "high"


def _is_elsewhere(text: str) -> bool:
    """Whether a value is a reference to what holds the secret, or ciphertext."""
    return bool(
        is_expression(_INNER_DOLLAR.sub("", text.replace("$$", "")))
        or _PATH.match(text)
        or _FILE.match(text)
        or _DOTTED.match(text)
        or _CALL.match(text)
        or _URL.match(text)
        or _SEALED.match(text)
        or _FILLED.match(text)
    )


def _names_secret(name: str, text: str) -> bool:
    """Whether a value is the name of a secret: ``github-token``, ``DB_PASSWORD``, or the key's own name again."""
    if _folded(text) == _folded(name) or _UPPER_NAME.match(text) or (_NAME.match(text) and _OF_SECRET.search(text)):
        return True
    return _folded(name).endswith(_NAMES) and not _folded(name).endswith("clientsecret") and bool(_NAME.match(text))


def _is_password(name: str) -> bool:
    return _folded(name).endswith(_PASSWORDS)


def _folded(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def is_hinted(text: str) -> bool:
    """Whether a text (in lower case) may hold a secret-like key."""
    return any(hint in text for hint in HINTS)
