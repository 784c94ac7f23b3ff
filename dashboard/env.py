"""What the environment says, read strictly: a value that makes no sense stops the start with a sentence."""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

SMTP_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


def env_str(name: str, default: str = "") -> str:
    """The variable, or the content of the file that ``NAME_FILE`` points at."""
    path = os.environ.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE={path} can't be read: {error.strerror}.") from error
    return os.environ.get(name) or default


def env_bool(name: str, default: bool = False) -> bool:
    value = env_str(name)
    if value.lower() in ("", "1", "true", "yes", "0", "false", "no"):
        return value.lower() in ("1", "true", "yes") if value else default
    raise ImproperlyConfigured(f"{name}={value!r} makes no sense. Use 1 or 0.")


def env_int(name: str, default: int) -> int:
    value = env_str(name)
    try:
        return int(value) if value else default
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}={value!r} makes no sense. Use a whole number.") from error


def env_list(name: str, default: str = "") -> list[str]:
    """A comma-separated list, without blanks."""
    return [item.strip() for item in env_str(name, default).split(",") if item.strip()]


def env_database(name: str, default: str) -> dict[str, Any]:
    """A database URL as Django's settings; PostgreSQL and SQLite are supported."""
    url = env_str(name, default)
    try:
        config: dict[str, Any] = environ.Env.db_url_config(url)
    except Exception as error:
        raise ImproperlyConfigured(f"{name} can't be read. Use postgres://user:password@host:5432/name.") from error
    if config["ENGINE"] not in ("django.db.backends.postgresql", "django.db.backends.sqlite3"):
        raise ImproperlyConfigured(f"{name} names a database that is not supported. Use postgres:// or sqlite:///.")
    return config


def email_settings(url: str) -> dict[str, Any]:
    """Where mail goes, as Django's settings: ``file:///folder``, ``smtp://``, ``smtp+tls://`` (STARTTLS), ``smtps://``."""
    parts = urlsplit(url)
    if parts.scheme == "file" and not parts.netloc and parts.path.strip("/"):
        return {"EMAIL_BACKEND": "dashboard.mails.files.EmailBackend", "EMAIL_FILE_PATH": unquote(parts.path)}
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in SMTP_PORTS or not parts.hostname or port == -1 or parts.path.strip("/") or parts.query:
        raise ImproperlyConfigured(
            "EMAIL_URL can't be read. Use file:///folder or smtp+tls://user:password@host:587, with the user and the"
            " password percent-encoded."
        )
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port or SMTP_PORTS[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 10,
    }


def secret_key(base: Path) -> str:
    """SECRET_KEY, or one made on the first run and kept beside manage.py, readable by its owner alone."""
    told = env_str("SECRET_KEY")
    if told:
        return told
    path = base / ".secret_key"
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(f"SECRET_KEY is not set and {path.name} can't be written: {error}.") from error
    made = secrets.token_urlsafe(50)
    with os.fdopen(descriptor, "w") as file:
        file.write(made)
    return made


def env_choice(name: str, choices: tuple[str, ...]) -> str:
    """One of the choices; the first is the default."""
    value = env_str(name, choices[0])
    if value not in choices:
        raise ImproperlyConfigured(f"{name}={value!r} makes no sense. Use {' or '.join(filter(None, choices))}.")
    return value


def is_local_http(url: str) -> bool:
    """Whether the address is one of plain http on this machine, where nobody can listen in."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
