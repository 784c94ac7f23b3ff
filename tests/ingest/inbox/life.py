"""Some hundred deliveries of many kinds, told of several services, and what the inbox makes of them in any order.

Run in a process of its own, on a database of its own: ``print(told(seed))``.
"""

import json
import random
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from ingest.inbox.process import process_pending
from ingest.inbox.secrets import seal
from ingest.models import Delivery, Source
from tests.ingest.facts.snapshot import as_text
from tests.ingest.inbox.signing import WAYS

DATA = Path(__file__).parents[2] / "data"
KINDS = ("alertmanager", "argocd", "argo-rollouts", "flux", "gitlab", "jenkins", "opsgenie", "pagerduty", "tekton")
OWN_DATABASE = re.compile(r"plumbline_[0-9a-f]{12}")  # tests.production.postgresql_database
COPIES = 5  # services that the same things happen to
THREADS = 8
SECRET = "a secret of this test"
# Members whose values are ids; with the copy's number they are others' ids.
IDS = frozenset({"id", "uid", "alertId", "fingerprint", "deployment_id", "number", "iid", "project_id"})
SHA = re.compile(r"[0-9a-f]{40}")
NAMES = re.compile(r"\bpay-api\b|\bpay\b|\bpublic-repo\b|\bsample_app\b|\bHighErrorRate\b|\bweb\b", re.IGNORECASE)


class Sent(NamedTuple):
    kind: str
    headers: dict[str, str]
    body: bytes


def life() -> list[Sent]:
    """All deliveries, in the order of their files."""
    return [one for copy in range(COPIES) for kind in KINDS for one in _of_kind(kind, copy)] + [
        one for copy in range(COPIES) for one in _of_github(copy)
    ]


def _of_kind(kind: str, copy: int) -> list[Sent]:
    found = []
    for path in sorted((DATA / kind).glob("*.json")):
        told = json.loads(path.read_text())
        payload = _shared(kind, _renamed(told["payload"], copy), copy)
        headers = told["headers"]
        headers |= {name: f"{path.stem}-{copy}" for name in headers if name.endswith("-id")}
        found.append(Sent(kind, headers, json.dumps(payload).encode()))
    return found


def _of_github(copy: int) -> list[Sent]:
    found = []
    for path in sorted((DATA / "github").glob("*.json")):
        payload = _renamed(json.loads(path.read_text()), copy)
        if path.stem == "issues":
            payload["issue"]["labels"] = [{"name": "incident"}, {"name": f"sev{copy % 4 + 1}"}]
        headers = {"x-github-event": path.stem, "x-github-delivery": f"{path.stem}-{copy}"}
        found.append(Sent("github", headers, json.dumps(payload).encode()))
    return found


def _renamed(value: Any, copy: int, member: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _renamed(item, copy, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, copy) for item in value]
    if isinstance(value, str):
        # One service a repository: which of several an event means that names none depends on which are known.
        text = NAMES.sub(lambda found: f"{found[0].removesuffix('-api')}{copy}", value)
        return f"{text}-{copy}" if member in IDS and not SHA.fullmatch(value) else text
    return value * 8 + copy if member in IDS and type(value) is int else value


def _shared(kind: str, payload: Any, copy: int) -> Any:
    """The pagers' reports are of Alertmanager's group."""
    group = json.loads((DATA / "alertmanager" / "firing.json").read_text())["payload"]["groupKey"]
    key = sha256(_renamed(group, copy).encode()).hexdigest()
    if kind == "pagerduty" and "incident_key" in payload["event"]["data"]:
        payload["event"]["data"]["incident_key"] = key
    if kind == "opsgenie":
        payload["alert"]["alias"] = key
    return payload


def told(seed: int) -> str:
    """All facts as text; ``seed`` 0: in order and by one thread, else shuffled, repeated and split over eight.

    Empties the database first, which must be one that was made for it.
    """
    assert OWN_DATABASE.fullmatch(str(connection.settings_dict["NAME"])), "that would empty a database in use"
    call_command("flush", interactive=False, verbosity=0)
    sources = {kind: Source.objects.create(kind=kind, name=kind, secrets=seal([SECRET])) for kind in (*KINDS, "github")}
    if seed == 0:
        _work(sources, life(), random.Random(0))
    else:
        _in_threads(sources, seed)
    _drain()
    assert not Delivery.objects.filter(status="pending").exists()
    return as_text()


def outcomes() -> dict[str, list[str]]:
    """Of the deliveries of each kind, what became of them."""
    found: dict[str, list[str]] = {}
    for kind, status in Delivery.objects.order_by("source__kind", "status").values_list("source__kind", "status"):
        found.setdefault(kind, []).append(status)
    return found


def _in_threads(sources: dict[str, Source], seed: int) -> None:
    chance = random.Random(seed)
    whole = life()
    whole += chance.sample(whole, len(whole) // 4)
    chance.shuffle(whole)
    shares = [(whole[start::THREADS], random.Random(seed * 100 + start)) for start in range(THREADS)]
    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(_closing(_work), sources, share, own) for share, own in shares]:
            done.result()


def _closing(work: Callable[..., None]) -> Callable[..., None]:
    def run(*arguments: Any) -> None:
        try:
            work(*arguments)
        finally:
            connection.close()

    return run


def _work(sources: dict[str, Source], share: Sequence[Sent], chance: random.Random) -> None:
    """Send, and now and then work off some of what waits, whoever sent it."""
    client = Client(SERVER_NAME="localhost")
    for one in share:
        source = sources[one.kind]
        proof = next(iter(WAYS[one.kind].values()))(one.body, SECRET, timezone.now())
        path = f"/ingest/{one.kind}/{source.public_id}/"
        answer = client.post(path, one.body, content_type="application/json", headers={**one.headers, **proof})
        assert answer.status_code in (200, 202), (one.kind, answer.status_code, answer.content)
        if chance.random() < 0.3:
            process_pending(chance.randint(1, 12))
    _drain()


def _drain() -> None:
    while process_pending(7):
        pass
