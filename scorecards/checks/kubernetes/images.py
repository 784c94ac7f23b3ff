"""(pure) Image references of containers. Definition: DOP-3.1-06."""

from collections.abc import Iterator

from ingest.repository.node import Place
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.kubernetes.marks import unjudged
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.images import Image, image, is_full_version, is_moving
from scorecards.reading.kubernetes import Container
from scorecards.reading.running import containers


@check("container-image-immutable-and-approved")
def container_image_immutable_and_approved(subject: Subject) -> Iterator[Finding]:
    """Images are named by digest, or at least by version, and come from a registry that is allowed."""
    yield from unjudged(subject.tree)
    for container in containers(subject.tree):
        looked = container.look("image")
        place = container.node.place_of("image")
        if looked.undecided:
            yield unknown(container.unit, "The image is only known when the template is rendered.", place)
        elif not container.image:
            yield failed(container.unit, "It names no image.", place)
        else:
            yield _judged(subject, container, image(container.image), place)


def _judged(subject: Subject, container: Container, found: Image | None, place: Place) -> Finding:
    if found is None:
        message = f"{container.image[:80]!r} is no image until something fills it in."
        return unknown(container.unit, message, place, value=container.image[:200])
    allowed = subject.options.registries
    if allowed and not found.comes_from(allowed):
        message = f"{found.registry} is not among the allowed registries."
        return failed(container.unit, message, place, value=found.text)
    return _tagged(container, found, place)


def _tagged(container: Container, found: Image, place: Place) -> Finding:
    if found.digest:
        return passed(container.unit, "The image is named by its digest.", place, value=found.text)
    if not found.tag:
        return failed(container.unit, "No tag, so the image is latest: name a version and digest.", place,
                      value=found.text, notes=_stale(container))  # fmt: skip
    if is_moving(found.tag):
        message = f"The tag {found.tag[:60]!r} moves: name a version and digest."
        return failed(container.unit, message, place, value=found.text, notes=_stale(container))
    message = f"The tag {found.tag[:60]!r} names a version; only a digest can't be moved."
    notes = () if is_full_version(found.tag) else ("The tag names a line of releases, so it moves.", *_stale(container))
    return partial(container.unit, message, place, value=found.text, notes=notes)


def _stale(container: Container) -> tuple[str, ...]:
    """Nodes with a policy like this keep running what the tag meant before."""
    policy = container.node.text_at("imagePullPolicy")
    return (
        (f"imagePullPolicy {policy} keeps what the tag meant before.",) if policy in ("Never", "IfNotPresent") else ()
    )
