"""Kubernetes objects written in tests: boring ones, of which a test states what matters to it."""

from typing import Any

import yaml

PROBES = {
    "readinessProbe": {"httpGet": {"path": "/ready", "port": "http"}},
    "livenessProbe": {"httpGet": {"path": "/live", "port": "http"}},
}
RESOURCES = {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"cpu": "1", "memory": "128Mi"}}


def text(*objects: dict[str, Any]) -> str:
    return "---\n".join(yaml.safe_dump(one, sort_keys=False) for one in objects)


def obj(kind: str, name: str, spec: Any = None, api: str = "v1", **more: Any) -> dict[str, Any]:
    """An object; ``metadata`` and other members as keywords."""
    metadata = {"name": name, **more.pop("metadata", {})}
    body = {"apiVersion": api, "kind": kind, "metadata": metadata, **more}
    return body if spec is None else {**body, "spec": spec}


def container(name: str = "app", **more: Any) -> dict[str, Any]:
    ports = [{"name": "http", "containerPort": 8080}]
    return {"name": name, "image": "acme/app:1.2.3", "ports": ports, **more}


def workload(
    kind: str = "Deployment",
    name: str = "app",
    containers: list[dict[str, Any]] | None = None,
    pod: dict[str, Any] | None = None,
    spec: dict[str, Any] | None = None,
    labels: dict[str, str] | None = None,
    annotations: dict[str, str] | None = None,
    **metadata: Any,
) -> dict[str, Any]:
    """A workload whose pods carry ``labels`` (``app: NAME``), which its selector asks for."""
    own = {"app": name} if labels is None else labels
    template = {
        "metadata": {"labels": own, **({"annotations": annotations} if annotations else {})},
        "spec": {"containers": containers or [container()], **(pod or {})},
    }
    body: dict[str, Any] = {"template": template, **(spec or {})}
    if kind == "CronJob":
        body = {"schedule": "@daily", "jobTemplate": {"spec": {"template": template}}}
    elif kind != "Job":
        body = {"selector": {"matchLabels": dict(own)}, **body}
    return obj(kind, name, body, "batch/v1" if kind in ("Job", "CronJob") else "apps/v1", metadata=metadata)


def service(name: str = "app", selector: dict[str, str] | None = None, **metadata: Any) -> dict[str, Any]:
    return obj("Service", name, {"selector": selector or {"app": "app"}, "ports": [{"port": 80}]}, metadata=metadata)


def network_policy(name: str = "policy", **spec: Any) -> dict[str, Any]:
    metadata = spec.pop("metadata", {})
    return obj("NetworkPolicy", name, {"podSelector": {}, **spec}, "networking.k8s.io/v1", metadata=metadata)
