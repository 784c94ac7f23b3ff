"""(pure) What a value of a Secret is: recoverable material, ciphertext, a reference, or a stand-in."""

import base64
import binascii
import re
from typing import Literal

from ingest.repository.node import Node
from scorecards.reading.embedded_data import literal_secrets
from scorecards.reading.kubernetes.manifest import OPAQUE
from scorecards.reading.secret_names import is_expression, is_placeholder

Material = Literal["secret", "encrypted", "reference", "placeholder", "public", "rendered"]

MAX_TEXT = 1 << 20
_SEALED = re.compile(r"[A-Za-z0-9+/]{200,}={0,2}")
_PUBLIC_KEY = re.compile(
    r"(?i)(?:ca|tls|cert|client|server|root|bundle|public|pub)?[-_.]?(?:crt|cert|certs|pub|ca-bundle)$"
)
_PUBLIC_TEXT = ("-----BEGIN CERTIFICATE", "-----BEGIN TRUSTED CERTIFICATE", "-----BEGIN PUBLIC KEY", "ssh-rsa ",
                "ssh-ed25519 ", "ecdsa-sha2-")  # fmt: skip
_PRIVATE_TEXT = "PRIVATE KEY-----"
_REFERENCE = re.compile(
    r"<path:[^<>]{1,500}>|(?:vault|ref\+[a-z]+|secretref\+[a-z]+|op|awssm|gcpsm|azurekv):|\$[A-Z_][A-Z0-9_]{0,100}$"
)
# Parts that something else fills in. A bare $word inside of a password is none.
_FILLED = re.compile(r"\$\{[A-Za-z_][^{}\n]{0,200}\}|\{\{[^{}\n]{1,300}\}\}|\$\([A-Za-z_][A-Za-z0-9_]{0,100}\)|<path:")
_CUT = ("...", "…")


def material(key: str, node: Node, *, encoded: bool) -> Material:
    """What stands under a key of ``data`` (``encoded``: base64) or ``stringData``."""
    if node.tag == OPAQUE:
        return "rendered"
    text = node.text.strip()
    if not node.is_scalar or not text:
        return "placeholder"
    if text.startswith("ENC[") or "ENC[AES256_GCM" in text:
        return "encrypted"
    if _is_reference(key, node):
        return "reference"
    return _of_plain(key, _decoded(text) if encoded else text)


def _of_plain(key: str, text: str) -> Material:
    if is_placeholder(text):
        return "placeholder"
    if _REFERENCE.match(text):
        return "reference"
    if _PRIVATE_TEXT not in text[:MAX_TEXT] and (text.lstrip().startswith(_PUBLIC_TEXT) or _PUBLIC_KEY.match(key)):
        return "public"
    return "secret"


def _is_reference(key: str, node: Node) -> bool:
    """Whether something else fills the value in, or all secrets of the document that it holds."""
    text = node.text.strip()
    if _REFERENCE.match(text):
        return True
    return bool(_FILLED.search(text[:MAX_TEXT])) and next(literal_secrets(key, node), None) is None


def _decoded(text: str) -> str:
    """The text that base64 stands for; the text itself where it is none."""
    try:
        return base64.b64decode("".join(text[:MAX_TEXT].split()), validate=True).decode("utf-8", "replace").strip()
    except (binascii.Error, ValueError):
        return text


def sealed(node: Node) -> Material:
    """What stands under a key of a SealedSecret: long base64 is ciphertext, a cut one stands for it."""
    text = node.text.strip()
    if node.tag == OPAQUE:
        return "rendered"
    if not node.is_scalar or not text or text.endswith(_CUT) or text[:1] + text[-1:] == "<>" or is_placeholder(text):
        return "placeholder"
    if is_expression(text) and len(text) < 200:
        return "reference"
    return "encrypted" if _SEALED.fullmatch("".join(text[:MAX_TEXT].split())) else "secret"
