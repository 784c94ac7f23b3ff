"""(pure) Which Python packages a project declares."""

import re

from ingest.repository.tree import RepositoryTree

_FILES = (
    "**/requirements*.txt",
    "**/requirements/*.txt",
    "**/requirements*.in",
    "**/requirements/*.in",
    "**/constraints*.txt",
)
_MANIFESTS = (
    "**/pyproject.toml",
    "**/setup.py",
    "**/setup.cfg",
    "**/Pipfile",
    "**/environment.yml",
    "**/environment.yaml",
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}")
# Modules whose package is called otherwise.
_PACKAGES = {
    "yaml": "pyyaml", "bs4": "beautifulsoup4", "PIL": "pillow", "cv2": "opencv-python", "sklearn": "scikit-learn",
    "dateutil": "python-dateutil", "dotenv": "python-dotenv", "psycopg2": "psycopg2-binary", "git": "gitpython",
    "jwt": "pyjwt", "OpenSSL": "pyopenssl", "MySQLdb": "mysqlclient", "slack_sdk": "slack-sdk", "github": "pygithub",
    "chaoslib": "chaostoolkit-lib", "chaosaws": "chaostoolkit-aws", "chaosk8s": "chaostoolkit-kubernetes",
    "serial": "pyserial", "jose": "python-jose", "ldap": "python-ldap", "consul": "python-consul", "google": "google",
}  # fmt: skip


def declared_packages(tree: RepositoryTree) -> frozenset[str] | None:
    """The words of every file that declares packages, folded; ``None`` where there is no such file."""
    return tree.derive(_declared_packages)


def _declared_packages(tree: RepositoryTree) -> frozenset[str] | None:
    files = tree.files(*_FILES, *_MANIFESTS)
    texts = [text for path in files if (text := tree.text(path)) is not None]
    if not texts:
        return None
    return frozenset(_folded(name) for text in texts for name in _NAME.findall(text[:200_000]))


def is_declared(module: str, declared: frozenset[str]) -> bool:
    """Whether a package that may hold a module is declared, by the module's or the package's own name."""
    names = {_folded(module), _folded(_PACKAGES.get(module, module))}
    return not names.isdisjoint(declared) or any(
        each.startswith(f"{name}-") or each == f"python-{name}" for name in names for each in declared
    )


def _folded(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
