"""(pure) Facts on what images are built from: Dockerfiles, their stages and instructions, services of Compose."""

from collections.abc import Iterator
from typing import Any

from ingest.repository.documents.dockerfile.model import Dockerfile, Stage
from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.images import image
from scorecards.rules.facts.model import Collection, Field, Kind, Told

IMAGE_FIELDS = (
    Field("image", Kind.TEXT, "the image as written, variables filled in where the file knows them"),
    Field("registry", Kind.TEXT, "its registry; docker.io where none is named"),
    Field("image_repository", Kind.TEXT, "its name in the registry, without tag"),
    Field("tag", Kind.TEXT, "its tag; empty without one"),
    Field("digest", Kind.TEXT, "its digest; empty without one"),
)


def image_facts(reference: str, known: bool = True) -> dict[str, Any]:
    """The parts of an image; what something must still fill in is unknown."""
    if not known:
        return {}
    if not reference.strip():
        return dict.fromkeys(("image", "registry", "image_repository", "tag", "digest"), "")
    found = image(reference)
    if found is None:
        return {"image": None if "$" in reference or "{" in reference else reference}
    return {
        "image": reference,
        "registry": found.registry,
        "image_repository": found.repository,
        "tag": found.tag,
        "digest": found.digest,
    }


def _parsed(tree: RepositoryTree) -> Iterator[tuple[str, Dockerfile]]:
    for found in kinds.found(tree, "docker"):
        parsed = tree.dockerfile(found.path)
        if parsed is not None:
            yield found.path, parsed


def _dockerfiles(tree: RepositoryTree, repository: str) -> Iterator[Told]:
    for path, file in _parsed(tree):
        lineage = list(file.lineage(file.final)) if file.final else []
        inherited = [found for stage in lineage if (found := stage.last("USER")) is not None]
        begins = [stage.image for stage in file.stages if file.base_of(stage) is None]
        yield (
            path,
            Place(path),
            {
                "path": path,
                "stage_count": len(file.stages),
                "base_images": begins if all(stage.is_resolved for stage in file.stages) else None,
                "user": _user(inherited[0].text.strip()) if inherited else "",
                "has_healthcheck": any(stage.last("HEALTHCHECK") is not None for stage in lineage),
                "exposed_ports": [word for stage in lineage for one in stage.named("EXPOSE") for word in one.words],
            },
        )


def _user(text: str) -> str | None:
    return None if "$" in text else text


def _stage_unit(path: str, stage: Stage) -> str:
    return f"{path} stage {stage.name or stage.index + 1}"


def _stages(tree: RepositoryTree, repository: str) -> Iterator[Told]:
    for path, file in _parsed(tree):
        for stage in file.stages:
            own = file.base_of(stage) is not None or stage.image.lower() == "scratch"
            facts = image_facts(stage.image, stage.is_resolved)
            facts |= {
                "path": path,
                "name": stage.name,
                "is_final": stage is file.final,
                "is_external": not own if stage.is_resolved else None,
                "platform": stage.platform if "$" not in stage.platform else None,
            }
            yield _stage_unit(path, stage), Place(path, stage.line), facts


def _instructions(tree: RepositoryTree, repository: str) -> Iterator[Told]:
    for path, file in _parsed(tree):
        for stage in file.stages:
            counts: dict[str, int] = {}
            for one in stage.instructions:
                counts[one.name] = counts.get(one.name, 0) + 1
                facts = {
                    "path": path,
                    "stage": stage.name,
                    "is_final": stage is file.final,
                    "name": one.name,
                    "text": one.text,
                    "flags": [name for name, _ in one.all_flags],
                }
                yield f"{_stage_unit(path, stage)} {one.name} {counts[one.name]}", Place(path, one.line), facts


def _compose_services(tree: RepositoryTree, repository: str) -> Iterator[Told]:
    for found in kinds.found(tree, "compose"):
        services = found.root.get("services") if found.root is not None else None
        for name, key, service in services.members() if services is not None else ():
            facts = _compose_service(service) | {"path": found.path, "name": name}
            yield f"{found.path} service {name}", Place(found.path, key.line), facts


def _compose_service(service: Node) -> dict[str, Any]:
    privileged = service.get("privileged")
    return image_facts(service.text_at("image")) | {
        "builds": service.has("build"),
        "privileged": False if privileged is None or privileged.is_false else True if privileged.is_true else None,
        "network_mode": service.text_at("network_mode"),
        "ports": [item.text or item.text_at("published") for item in service.items_at("ports")],
        "has_healthcheck": service.has("healthcheck"),
    }


_PATH = Field("path", Kind.TEXT, "the file")

COLLECTIONS = (
    Collection(
        "dockerfiles",
        "Dockerfile",
        "Dockerfiles and Containerfiles.",
        (
            _PATH,
            Field("stage_count", Kind.NUMBER, "how many stages it has"),
            Field("base_images", Kind.LIST, "images that its stages begin from, as written"),
            Field("user", Kind.TEXT, "the last USER of the final stage; empty where none is set"),
            Field("has_healthcheck", Kind.TRUTH, "whether the final stage has a HEALTHCHECK"),
            Field("exposed_ports", Kind.LIST, "ports that the final stage exposes"),
        ),
        _dockerfiles,
    ),
    Collection(
        "stages",
        "build stage",
        "Stages of Dockerfiles: each FROM.",
        (
            _PATH,
            Field("name", Kind.TEXT, "behind AS, in lower case; empty without one"),
            *IMAGE_FIELDS,
            Field("is_final", Kind.TRUTH, "whether it is the last stage, which becomes the image"),
            Field("is_external", Kind.TRUTH, "whether it begins from an image, not from another stage or from scratch"),
            Field("platform", Kind.TEXT, "behind --platform; empty without one"),
        ),
        _stages,
    ),
    Collection(
        "instructions",
        "instruction",
        "Instructions of Dockerfiles.",
        (
            _PATH,
            Field("stage", Kind.TEXT, "the stage's name; empty without one"),
            Field("is_final", Kind.TRUTH, "whether it stands in the last stage"),
            Field("name", Kind.TEXT, "in capitals, such as RUN or COPY"),
            Field(
                "text", Kind.TEXT, "what stands behind the name, secrets masked, the first 400 characters", free=True
            ),
            Field("flags", Kind.LIST, "names of its flags, without dashes"),
        ),
        _instructions,
    ),
    Collection(
        "compose_services",
        "service of Compose",
        "Services of Compose files.",
        (
            _PATH,
            Field("name", Kind.TEXT, "the service's name"),
            *IMAGE_FIELDS,
            Field("builds", Kind.TRUTH, "whether its image is built from the repository"),
            Field("privileged", Kind.TRUTH, "whether it runs privileged"),
            Field("network_mode", Kind.TEXT, "such as host; empty where none is set"),
            Field("ports", Kind.LIST, "published ports as written"),
            Field("has_healthcheck", Kind.TRUTH, "whether it has a healthcheck"),
        ),
        _compose_services,
    ),
)
