"""(pure) Names that hint at a secret, and values that are none: references, placeholders, expressions."""

import re

# Definition: DOP-2.3-01 of the catalogue of controls.
_ENDINGS = (
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "privatekey",
    "credential",
    "credentials",
    "pwd",
)
_MORE = (
    "accesskey",
    "secretkey",
    "connectionstring",
    "clientsecret",
    "authkey",
    "signingkey",
    "encryptionkey",
)
_NOT = re.compile(
    r"(?:name|ref|refs|id|ids|arn|path|file|dir|version|ttl|type|provider|policy|rotation|length|expiry|expiration|"
    r"enabled|count|algorithm|url|uri|endpoint|issuer|audience|selector|key(?:ref|name|file|path)|public_?key|"
    r"mount|store|namespace|class|backend|engine|field|header|format|lifetime|duration|seconds|minutes|hours|days)$"
)
_REFERENCES = ("existingsecret", "secretname", "secretref", "secretkeyref", "imagepullsecret", "imagepullsecrets",
               "publickey", "secretkeyname", "tokenurl", "passwordfile", "idtoken", "updatepassword",
               "nexttoken", "pagetoken", "continuetoken", "automountserviceaccounttoken",
               "creationtoken", "initialclustertoken", "idempotencytoken")  # fmt: skip
_NEVER = frozenset({"no", "use", "has", "enable", "disable", "existing"})
_SPLIT = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[-_.\s]+")
_PLACEHOLDERS = frozenset(
    {"", "changeme", "change-me", "change_me", "changeit", "example", "examples", "placeholder", "dummy", "todo", "tbd",
     "fixme", "redacted", "none", "null", "nil", "undefined", "secret", "password", "token", "your-password", "test",
     "default", "sample", "foo", "bar", "replace-me", "replaceme", "replace_me", "insert", "notset", "unset", "..."}
)  # fmt: skip
_PLACEHOLDER = re.compile(
    r"(?i)^(?:x{3,}|\*{3,}|\.{3,}|-+|_+|<[^<>]{0,200}>|\[[^\[\]]{0,200}\]"
    r"|your.{0,100}|(?:my|some|the|insert|enter|replace|put|add)[-_ ].{0,100}"
    r"|.{0,100}(?:change[-_ ]?me|replace[-_ ]?me|placeholder|example|dummy|redacted).{0,100}|.{1,200}(?:\.\.\.|…))$"
)
_EXPRESSION = re.compile(
    r"\$\{\{|\{\{|\$\{|\$\(|\$[A-Za-z_(]|%\(|%[A-Za-z_]+%|<%|^(?:var|local|data|module|ssm|vault|aws_|azurerm_|google_|random_)[.:]"
    r"|^(?:vault|ref|secretsmanager|arn|op|projects|gcpsecretmanager|awssecrets):"
)


def is_secret_name(name: str) -> bool:
    """Whether a key's name says that its value is a secret: it ends in password, token, api key and the like."""
    folded = re.sub(r"[^a-z0-9]", "", name.lower())
    if folded in _REFERENCES or (_NOT.search(name.lower()) and not folded.endswith(_ENDINGS)):
        return False
    words = [word.lower() for word in _SPLIT.split(name) if word]
    return folded.endswith(_ENDINGS + _MORE) and not (words and words[0] in _NEVER)


def is_placeholder(value: str) -> bool:
    """Whether a value only stands for a secret: empty, ``changeme``, ``xxx``, ``<...>``, an example."""
    text = value.strip().strip("'\"")
    return text.lower() in _PLACEHOLDERS or bool(_PLACEHOLDER.match(text[:300]))


def is_expression(value: str) -> bool:
    """Whether a value is filled in by something else: ``${...}``, ``{{ ... }}``, ``$(...)``, a reference to a store."""
    return bool(_EXPRESSION.search(value[:2000]))


def is_literal_secret(name: str, value: str) -> bool:
    """Whether a key holds a secret as plain text of 8 characters or more."""
    text = value.strip().strip("'\"")
    return len(text) >= 8 and is_secret_name(name) and not is_placeholder(text) and not is_expression(text)


def masked(value: str) -> str:
    """A secret as it may be shown: at most its first two characters."""
    return f"{value[:2]}…" if len(value) >= 8 else "…"
