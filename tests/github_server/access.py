"""Who may ask: tokens, and an App that is installed. docs.github.com/rest/authentication and /apps."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

APP_ID = 4242
INSTALLATION_ID = 77_001
HOUR = 3600


@cache
def app_key() -> str:
    """The App's private key as PEM; made once, for it takes a moment."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


@cache
def _public_key() -> rsa.RSAPublicKey:
    key = serialization.load_pem_private_key(app_key().encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key.public_key()


class Refused(Exception):
    """An answer instead of access."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


@dataclass(slots=True)
class Caller:
    """Who asks. ``kind``: user, installation, app or nobody; ``token`` tells budgets apart."""

    kind: str
    token: str = ""


@dataclass
class Access:
    """What is let in. ``clock``: seconds since 1970; installations' tokens last an hour of it."""

    clock: Callable[[], float] = time.time
    tokens: set[str] = field(default_factory=lambda: {"a-token"})
    installed: bool = True
    expires: dict[str, float] = field(default_factory=dict)

    def revoke(self, token: str = "a-token") -> None:
        """From here on it is none."""
        self.tokens.discard(token)
        self.expires.pop(token, None)

    def uninstall(self) -> None:
        """Take the App away; its tokens end with it."""
        self.installed = False
        self.expires.clear()

    def caller(self, authorization: str) -> Caller:
        """Raises ``Refused``: 401."""
        if not authorization:
            return Caller("nobody")
        word, _, token = authorization.partition(" ")
        if word.lower() not in ("token", "bearer"):
            raise Refused(401, "Bad credentials")
        if token.count(".") == 2:
            return self._app(token)
        if token in self.tokens:
            return Caller("user", token)
        if self.expires.get(token, 0) > self.clock():
            return Caller("installation", token)
        raise Refused(401, "Bad credentials")

    def _app(self, token: str) -> Caller:
        """A JSON web token, signed with the App's key, that ends within ten minutes."""
        needed = {"require": ["iat", "exp", "iss"], "verify_exp": False, "verify_iat": False}
        try:
            claims = jwt.decode(token, _public_key(), algorithms=["RS256"], options=needed)  # type: ignore[arg-type]
        except jwt.InvalidTokenError as error:
            raise Refused(401, "A JSON web token could not be decoded") from error
        now = self.clock()
        if claims["exp"] < now:
            raise Refused(401, f"'Expiration time' claim ('exp') is in the past: {claims['exp']}")
        if claims["exp"] > now + 600:
            raise Refused(401, "'Expiration time' claim ('exp') is too far in the future")
        if claims["iat"] > now + 60:
            raise Refused(401, "'Issued at' claim ('iat') must be an Integer representing the time in the past")
        if str(claims["iss"]) != str(APP_ID):
            raise Refused(404, "Integration not found")
        return Caller("app", token)

    def installation_token(self) -> tuple[str, float]:
        """A token and when it ends."""
        token, ends = f"installation-token-{len(self.expires) + 1}", self.clock() + HOUR
        self.expires[token] = ends
        return token, ends
