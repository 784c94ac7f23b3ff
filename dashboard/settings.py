"""One settings file; what differs between places comes from the environment (README, Settings)."""

import datetime
import warnings
from fractions import Fraction
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import plotly
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from dashboard.env import (
    email_settings,
    env_bool,
    env_choice,
    env_database,
    env_int,
    env_list,
    env_str,
    is_local_http,
    secret_key,
)
from ingest.prometheus.told import Refused, check_secrecy, checked_credentials, checked_url

BASE_DIR = Path(__file__).resolve().parent.parent

# ---------------------------------------------------------------- where it runs

DEBUG = env_bool("DEBUG")
SECRET_KEY = secret_key(BASE_DIR)
BASE_URL = env_str("BASE_URL", "http://localhost:8000").rstrip("/")
HOST = env_str("HOST", "127.0.0.1")  # the address that the embedded web server listens on
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = [BASE_URL] if urlsplit(BASE_URL).scheme == "https" else []
HTTPS = urlsplit(BASE_URL).scheme == "https"

DATABASES = {"default": env_database("DATABASE_URL", f"sqlite:///{BASE_DIR / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # WAL and IMMEDIATE: readers never wait, writers queue instead of failing. FULL: what was acknowledged
    # survives a power cut.
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        transaction_mode="IMMEDIATE",
        timeout=20,
        init_command="PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536;"
        " PRAGMA temp_store=MEMORY;",
    )
else:
    DATABASES["default"].update(CONN_MAX_AGE=60, CONN_HEALTH_CHECKS=True)
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        connect_timeout=2, keepalives_idle=5, keepalives_interval=3, keepalives_count=3
    )

CACHE_URL = env_str("CACHE_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
        "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
    }
    if CACHE_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 10_000}}
}

# ---------------------------------------------------------------- mail

EMAIL_FILE_PATH = ""  # the folder, where mail is written as files
globals().update(email_settings(env_str("EMAIL_URL", (BASE_DIR / "mail").as_uri())))
EMAIL_FROM = env_str("EMAIL_FROM", f"plumbline@{urlsplit(BASE_URL).hostname or 'localhost'}")
if "@" not in EMAIL_FROM or not EMAIL_FROM.isprintable():
    raise ImproperlyConfigured(f"EMAIL_FROM={EMAIL_FROM!r} makes no sense. Use an address, such as plumbline@acme.org.")
DEFAULT_FROM_EMAIL = SERVER_EMAIL = EMAIL_FROM

# ---------------------------------------------------------------- chat

# The only hosts of incoming webhooks that may have a private address, or be asked over plain http.
CHAT_HOSTS = env_list("CHAT_HOSTS")

# ---------------------------------------------------------------- work in the background

BROKER_URL = env_str("BROKER_URL")
CELERY_BROKER_URL = BROKER_URL or "memory://"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 2, "max_retries": 1}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"

# ---------------------------------------------------------------- the organisation

TIME_ZONE = env_str("TIME_ZONE", "UTC")
try:
    ORGANISATION_ZONE = ZoneInfo(TIME_ZONE)
except (ZoneInfoNotFoundError, ValueError) as error:
    raise ImproperlyConfigured(f"TIME_ZONE={TIME_ZONE!r} is no time zone. Use a name like Europe/Berlin.") from error
ORGANISATION_NAME = env_str("ORGANISATION_NAME", "Organisation")

# Days that are no working days although they fall on Monday to Friday.
try:
    HOLIDAYS = frozenset(datetime.date.fromisoformat(day) for day in env_list("HOLIDAYS"))
except ValueError as error:
    raise ImproperlyConfigured(f"HOLIDAYS has a bad date ({error}). Use 2026-12-25,2026-12-26.") from error

# An environment's name is mapped to the first class, in this order, one of whose patterns is a word of the name.
ENVIRONMENT_CLASSES = {
    "staging": env_list(
        "ENVIRONMENTS_STAGING",
        "staging,stage,stag,stg,preprod,pre-prod,preproduction,pre-production,uat,acceptance,nonprod,non-prod",
    ),
    "testing": env_list("ENVIRONMENTS_TESTING", "testing,test,tst,qa,integration,ci,sandbox"),
    "production": env_list("ENVIRONMENTS_PRODUCTION", "production,prod,prd,live"),
}

# How the authors of changes are kept: by name, or by a hash that tells one from another and nobody's name.
AUTHORS = env_choice("AUTHORS", ("named", "hashed"))

# The edition of DORA's benchmark shown beside the targets: 2018, 2019, 2021, 2023, 2024 or 2025.
DORA_EDITION = env_str("DORA_EDITION", "2024")

# Where the host of repositories shows a file: {name}, {commit}, {path} and {line} are filled in.
SOURCE_URL = env_str("SOURCE_URL", "https://github.com/{name}/blob/{commit}/{path}#L{line}")

# A YAML file with what the organisation decides about its checks (docs/standards.md).
STANDARD_OPTIONS = env_str("STANDARD_OPTIONS")

# On the platform is a service that uses so many of its capabilities; a team uses it by that share of its services. A
# YAML file lays capabilities and signals of the organisation's own over the built-in ones (docs/adoption.md).
ADOPTION_CAPABILITIES = env_int("ADOPTION_CAPABILITIES", 3)
if ADOPTION_CAPABILITIES < 1:
    raise ImproperlyConfigured(f"ADOPTION_CAPABILITIES={ADOPTION_CAPABILITIES} makes no sense. Use 1 or more.")
try:
    ADOPTION_SHARE = Fraction(env_str("ADOPTION_SHARE", "0.5"))
except (ValueError, ZeroDivisionError):
    ADOPTION_SHARE = Fraction(0)
if not 0 < ADOPTION_SHARE <= 1:
    raise ImproperlyConfigured("ADOPTION_SHARE makes no sense. Use a number above 0 and at most 1, such as 0.5.")
ADOPTION_CONFIG = env_str("ADOPTION_CONFIG")
if ADOPTION_CONFIG:
    from scorecards.adoption.capabilities import load
    from scorecards.errors import InvalidPack

    try:
        load(ADOPTION_CONFIG)
    except InvalidPack as error:
        raise ImproperlyConfigured(f"ADOPTION_CONFIG makes no sense. {error}") from error

# Where repositories are fetched from to be scanned: "clone", "api" (GitHub's), or nowhere.
SCAN_FROM = env_choice("SCAN_FROM", ("", "api", "clone"))
SCAN_CLONE_URL = env_str("SCAN_CLONE_URL", "https://github.com/{name}.git")
if not SCAN_CLONE_URL.startswith("https://") or "{name}" not in SCAN_CLONE_URL:
    raise ImproperlyConfigured(f"SCAN_CLONE_URL={SCAN_CLONE_URL!r} makes no sense. Use https://host/{{name}}.git.")
SCAN_HOSTS = env_list("SCAN_HOSTS", "github.com")  # the only ones that are asked
SCANS_AT_ONCE = env_int("SCANS_AT_ONCE", 1)
GITHUB_TOKEN = env_str("GITHUB_TOKEN")
GITHUB_API_URL = env_str("GITHUB_API_URL", "https://api.github.com").rstrip("/")
if urlsplit(GITHUB_API_URL).scheme != "https" and not is_local_http(GITHUB_API_URL):
    raise ImproperlyConfigured(f"GITHUB_API_URL={GITHUB_API_URL!r} makes no sense. Use https://host/api/v3.")
GITHUB_APP_ID = env_str("GITHUB_APP_ID")
GITHUB_APP_PRIVATE_KEY = env_str("GITHUB_APP_PRIVATE_KEY").replace("\\n", "\n")  # a line may not hold its own breaks
GITHUB_APP_INSTALLATION_ID = env_int("GITHUB_APP_INSTALLATION_ID", 0)
if bool(GITHUB_APP_ID) != bool(GITHUB_APP_PRIVATE_KEY):
    raise ImproperlyConfigured("GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY belong together. Set both or neither.")

# A Prometheus that is asked, and a YAML file with more of them, signals and objectives (docs/prometheus.md).
PROMETHEUS_URL = env_str("PROMETHEUS_URL")
PROMETHEUS_TOKEN = env_str("PROMETHEUS_TOKEN")
PROMETHEUS_USERNAME = env_str("PROMETHEUS_USERNAME")
PROMETHEUS_PASSWORD = env_str("PROMETHEUS_PASSWORD")
PROMETHEUS_CA = env_str("PROMETHEUS_CA")  # a path, or the PEM itself
PROMETHEUS_PLAIN_HTTP = env_bool("PROMETHEUS_PLAIN_HTTP")
PROMETHEUS_CONFIG = env_str("PROMETHEUS_CONFIG")
try:
    PROMETHEUS_URL = PROMETHEUS_URL and checked_url(PROMETHEUS_URL)
    signs_in = checked_credentials(
        {"token": PROMETHEUS_TOKEN, "username": PROMETHEUS_USERNAME, "password": PROMETHEUS_PASSWORD}
    )
    check_secrecy(PROMETHEUS_URL, bool(signs_in), PROMETHEUS_PLAIN_HTTP)
except Refused as error:
    raise ImproperlyConfigured(f"PROMETHEUS_URL and its credentials make no sense. {error}") from error

# Requests a minute that a token may make of the API; 0 for any number.
API_RATE = env_int("API_RATE", 600)

MAX_BODY_BYTES = env_int("MAX_BODY_BYTES", 30_000_000)
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000

# ---------------------------------------------------------------- Django

INSTALLED_APPS = [
    "dashboard",
    "scorecards",
    "ingest",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "dashboard.access.NoStoreMiddleware",
    "dashboard.api.throttling.RateHeaders",
]

ROOT_URLCONF = "dashboard.urls"
WSGI_APPLICATION = "dashboard.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dashboard.pages.frame.frame",
            ],
            "builtins": ["dashboard.templatetags.plumbline"],
        },
    }
]

AUTH_USER_MODEL = "auth.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in/"
CSRF_FAILURE_VIEW = "dashboard.pages.answers.csrf_failed"

USE_TZ = True
USE_I18N = False
LANGUAGE_CODE = "en-gb"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "/static/"
# Files are served from where they lie; collectstatic is for who puts a server of their own before the site.
warnings.filterwarnings("ignore", message="No directory at", module="whitenoise|django.core.handlers")
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
PLOTLY_PACKAGE_JS = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 60  # names carry no hash, so that no build step is needed; unchanged files cost a 304

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["dashboard.api.auth.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["dashboard.api.auth.MayRead"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_THROTTLE_CLASSES": ["dashboard.api.throttling.PerToken"],
    "EXCEPTION_HANDLER": "dashboard.api.errors.problem",
    "DEFAULT_SCHEMA_CLASS": "dashboard.api.openapi.Operation",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Plumbline",
    "DESCRIPTION": "Delivery metrics, judgements and the facts behind them. Durations are seconds, times ISO 8601 in"
    " UTC, ratios 0 to 1; null is no data and never zero.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVERS": [{"url": BASE_URL}],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "dashboard.api.document.with_plain_views",
    ],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}

# ---------------------------------------------------------------- safety

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-src": [SELF],  # mails, each in a sandbox
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 86400
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = False  # the proxy's part; the health checks come in plain
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
BEHIND_PROXY = env_bool("BEHIND_PROXY")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env_str("LOG_LEVEL", "WARNING")},
    "loggers": {  # who changed which source and which token is told at every level
        "ingest.inbox.manage": {"level": "INFO"},
        "dashboard.pages.tokens.page": {"level": "INFO"},
        "dashboard.chat.page": {"level": "INFO"},
        "urllib3": {"level": "INFO"},  # in detail it tells whole addresses, and those of webhooks are secrets
    },
}
