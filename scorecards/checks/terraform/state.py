"""(pure) State that is kept remotely, encrypted and locked. Definition: DOP-1.1-06 to DOP-1.1-08."""

from collections.abc import Callable, Iterator

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, failed, not_applicable, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.terraform.backends import Backend, Store, remote_beside, stores
from scorecards.reading.terraform.buckets import is_encrypted, state_buckets
from scorecards.reading.terraform.directory import folder_of
from scorecards.reading.terraform.invocations import unlocked
from scorecards.reading.terraform.providers import addresses
from scorecards.reading.terraform.required import required_version

Judge = Callable[[RepositoryTree, Store, Backend], Finding]

_ALWAYS_ENCRYPTED = frozenset({"gcs", "azurerm", "cloud", "remote", "oci"})
_ENCRYPTED_UNLESS_OFF = frozenset({"cos"})
_ENCRYPT = frozenset({"s3", "oss", "cos"})
_LOCK_BY_THEMSELVES = frozenset({"azurerm", "gcs", "pg", "consul", "kubernetes", "cloud", "remote", "cos", "oci"})
_LOCK_FILE_SINCE = (1, 10)


@check("terraform-state-is-remote")
def terraform_state_is_remote(subject: Subject) -> Iterator[Finding]:
    """Every root keeps its state in a remote backend."""
    for store in stores(subject.tree):
        yield _remote(subject, store)


def _remote(subject: Subject, store: Store) -> Finding:
    if store.is_test:
        return not_applicable(store.unit, "A root for tests keeps its state with the test.", store.place)
    if store.is_remote:
        return passed(store.unit, f"The state lies in {store.type}.", store.place, value=store.type)
    if store.lost is not None:
        return unknown(store.unit, "The backend may stand in an included file that is not here.", store.lost)
    if subject.options.state_backend_injected:
        return unknown(store.unit, "The backend is given by what runs Terraform here.", store.place)
    if store.commented is not None:
        message = "The remote backend is only commented out: put it into force."
        return partial(store.unit, message, store.commented, value="commented out")
    if (other := _remote_sibling(subject.tree, store)) is not None:
        message = f"Local state, while {other.unit} of the same stack has a remote backend: add one here."
        return partial(store.unit, message, store.place, other.place, value="local")
    message = "Backend local keeps the state on one disk" if store.backends else "No backend, so the state is local"
    return failed(store.unit, f"{message}: add a remote one.", store.place, value="local")


def _remote_sibling(tree: RepositoryTree, store: Store) -> Store | None:
    """A root beside this one, with a provider in common and a remote backend."""
    if not store.folder or store.directory is None:
        return None
    own = addresses(tree, store.directory)
    for other in remote_beside(tree, folder_of(store.folder)):
        if other.directory is not None and not own.isdisjoint(addresses(tree, other.directory)):
            return other
    return None


def _each(tree: RepositoryTree, judge: Judge) -> Iterator[Finding]:
    """The worst finding of each remote state over the files that complete its backend."""
    order = ("fail", "partial", "unknown", "pass")
    for store in stores(tree):
        if store.is_remote:
            found = [judge(tree, store, backend) for backend in store.backends]
            yield min(found, key=lambda finding: order.index(finding.outcome))
        else:
            yield not_applicable(store.unit, "It has no remote backend.", store.place)


# ---------------------------------------------------------------- encryption


@check("terraform-state-is-encrypted")
def terraform_state_is_encrypted(subject: Subject) -> Iterator[Finding]:
    """Remote state is encrypted where it lies."""
    yield from _each(subject.tree, _encryption)


def _encryption(tree: RepositoryTree, store: Store, backend: Backend) -> Finding:
    unit, kind = store.unit, backend.type
    if own := store.directory.settings("encryption") if store.directory else []:
        return passed(unit, "The encryption block encrypts the state.", own[0].place, value="encryption")
    if kind in _ALWAYS_ENCRYPTED:
        return passed(unit, f"Backend {kind} always encrypts.", backend.place, value=kind)
    if kind not in _ENCRYPT:
        return unknown(unit, f"Whether {kind} encrypts can't be told from the code.", backend.place, value=kind)
    value, place = backend.value("encrypt"), backend.at("encrypt")
    if value in (True, "true"):
        return passed(unit, "encrypt = true.", place, value="encrypt")
    if value in (False, "false"):
        return failed(unit, "encrypt = false leaves the state readable: set it to true.", place, value="false")
    if kind in _ENCRYPTED_UNLESS_OFF:
        return passed(unit, f"Backend {kind} encrypts by default.", backend.place, value=kind)
    return _by_bucket(tree, store, backend)


def _by_bucket(tree: RepositoryTree, store: Store, backend: Backend) -> Finding:
    """Without a word in the backend only the bucket's own rule can encrypt."""
    name = backend.text("bucket")
    bucket = next((one for one in state_buckets(tree) if name and one.name == name), None)
    if bucket is not None and is_encrypted(tree, bucket):
        message = "Only the bucket's default rule encrypts: set encrypt = true in the backend."
        return partial(store.unit, message, backend.place, bucket.place, value="bucket")
    if backend.is_open("encrypt"):
        message = "The backend is completed elsewhere, so encrypt can't be told from the code."
        return unknown(store.unit, message, backend.place)
    message = "No encrypt in the backend, and its default is false: set encrypt = true."
    return failed(store.unit, message, backend.place, value="default")


# ---------------------------------------------------------------- locking


@check("terraform-state-is-locked")
def terraform_state_is_locked(subject: Subject) -> Iterator[Finding]:
    """Two runs can't write one remote state at a time."""
    yield from _each(subject.tree, _locking)


def _locking(tree: RepositoryTree, store: Store, backend: Backend) -> Finding:
    if places := _switched_off(tree, store):
        message = "-lock=false switches the lock off: remove it."
        return failed(store.unit, message, *places, backend.place, value="-lock=false")
    if backend.type in _LOCK_BY_THEMSELVES:
        return passed(store.unit, f"Backend {backend.type} locks by itself.", backend.place, value=backend.type)
    if backend.type == "s3":
        return _s3_lock(tree, store, backend)
    if backend.type == "http":
        return _by_settings(store, backend, "lock_address", "unlock_address")
    if backend.type == "oss":
        return _by_settings(store, backend, "tablestore_table")
    return unknown(store.unit, f"Whether {backend.type} locks is not known.", backend.place, value=backend.type)


def _switched_off(tree: RepositoryTree, store: Store) -> list[Place]:
    """The places that switch the lock off here; what runs in no root's folder may run in any."""
    if not unlocked(tree):
        return []
    known = {folder for other in stores(tree) for folder in _folders(other)}
    own = _folders(store)
    return [place for place, folder in unlocked(tree) if folder is None or folder in own or folder not in known]


def _folders(store: Store) -> frozenset[str]:
    return frozenset({store.folder, store.directory.path if store.directory else store.folder})


def _s3_lock(tree: RepositoryTree, store: Store, backend: Backend) -> Finding:
    lock_file, table = backend.at("use_lockfile"), backend.at("dynamodb_table")
    if backend.is_on("use_lockfile"):
        return _lock_file(tree, store, lock_file)
    if "use_lockfile" in backend.settings and backend.is_open("use_lockfile"):
        return unknown(store.unit, "use_lockfile is computed and can't be told from the code.", lock_file)
    if "dynamodb_table" in backend.settings:
        message = "Only the deprecated DynamoDB table locks: set use_lockfile = true with Terraform 1.10 or later."
        return partial(store.unit, message, table, value="dynamodb_table")
    if backend.is_open("use_lockfile"):
        message = "The backend is completed elsewhere, so its lock can't be told from the code."
        return unknown(store.unit, message, backend.place)
    message = "Nothing locks the state: set use_lockfile = true with Terraform 1.10 or later."
    return failed(store.unit, message, backend.place, value="none")


def _lock_file(tree: RepositoryTree, store: Store, place: Place) -> Finding:
    """The argument is known from 1.10 on; an older version refuses the whole backend."""
    told = required_version(tree, store.directory) if store.directory else None
    if told is None or told.computed:
        return passed(store.unit, "use_lockfile locks the state.", place, value="use_lockfile")
    floor = told.constraint.floor
    if floor is not None and floor[:2] >= _LOCK_FILE_SINCE:
        return passed(store.unit, "use_lockfile locks the state.", place, *told.places, value="use_lockfile")
    message = "use_lockfile needs Terraform 1.10, and required_version does not ask for it: raise its lower bound."
    return partial(store.unit, message, place, *told.places, value="use_lockfile")


def _by_settings(store: Store, backend: Backend, *names: str) -> Finding:
    missing = [name for name in names if name not in backend.settings]
    if not missing:
        places = [backend.at(name) for name in names]
        return passed(store.unit, f"{' and '.join(names)} lock the state.", *places, value=names[0])
    if any(backend.is_open(name) for name in missing):
        message = "The backend is completed elsewhere, so its lock can't be told from the code."
        return unknown(store.unit, message, backend.place)
    message = f"Nothing locks the state: set {' and '.join(missing)}."
    return failed(store.unit, message, backend.place, value="none")
