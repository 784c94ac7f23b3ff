"""(pure) What comes with a release to prove it: signatures, attestations, lists of contents, checksums."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.lifecycle import version_key
from scorecards.reading.pipelines.model import Job, Step
from scorecards.reading.pipelines.release_steps import FILES, uploads
from scorecards.reading.pipelines.tools import pushes
from scorecards.reading.pipelines.trails import Command, trail
from scorecards.reading.pipelines.words import Run, run_of

_SIGN_ACTIONS = (
    "actions/attest", "sigstore/gh-action-sigstore-python", "slsa-framework/", "notaryproject/notation-action/sign",
    "philips-labs/slsa-provenance-action",
)  # fmt: skip
_SBOM_ACTIONS = (
    "anchore/sbom-action", "cyclonedx/", "actions/attest-sbom", "advanced-security/sbom-generator-action",
    "microsoft/sbom-action", "kubernetes-sigs/bom",
)  # fmt: skip
_SIGN_COMMANDS = {
    ("cosign", "sign"), ("cosign", "sign-blob"), ("cosign", "attest"), ("notation", "sign"), ("gh", "attestation"),
    ("jarsigner",), ("minisign",), ("signify",),
}  # fmt: skip
_SBOM_COMMANDS = {
    ("syft",), ("cyclonedx",), ("cyclonedx-gomod",), ("cyclonedx-py",), ("cyclonedx-npm",), ("bom", "generate"),
    ("docker", "sbom"), ("cdxgen",), ("sbom-tool",),
}  # fmt: skip
_SBOM_FORMATS = ("cyclonedx", "spdx", "spdx-json", "github")
_CHECKSUMS = re.compile(r"(?i)checksums?|sha256sums?|\.sha256|\.sha512|sha256sum|shasum")
_GORELEASER = (".goreleaser.yml", ".goreleaser.yaml", "goreleaser.yml", "goreleaser.yaml")
_GORELEASER_KEYS: dict[str, "Kind"] = {
    "signs": "signature", "docker_signs": "signature", "sboms": "sbom", "checksum": "checksum",
}  # fmt: skip
_BUILDS = ("docker/build-push-action", "depot/build-push-action", "docker/bake-action")
_PROVENANCE_DEFAULT = (4,)  # the first major version of build-push-action that attaches provenance by itself

Kind = Literal["signature", "sbom", "checksum"]


class Proof(NamedTuple):
    kind: Kind
    how: str
    place: Place


def proofs(tree: RepositoryTree, job: Job) -> list[Proof]:
    """What a job makes, or names, to prove what it releases."""
    way = trail(tree, job)
    found = [proof for step in way.steps for proof in _of_step(tree, job, step)]
    found += [proof for command in way.commands for proof in _of_command(command)]
    if job.uses.startswith("slsa-framework/"):
        found.append(Proof("signature", job.uses.partition("/.github")[0], Place(job.path, job.uses_line)))
    return found


# ---------------------------------------------------------------- actions


def _of_step(tree: RepositoryTree, job: Job, step: Step) -> Iterator[Proof]:
    place, name = Place(step.path, step.uses_line), step.action
    is_scan = name.startswith("aquasecurity/trivy-action") and step.given("format") in _SBOM_FORMATS
    if is_scan or name.startswith(_SBOM_ACTIONS):
        yield Proof("sbom", name, place)
    elif name.startswith(_SIGN_ACTIONS):
        yield Proof("signature", name, place)
    if name.startswith(_BUILDS) and pushes(step):
        yield from _of_build(step, place)
    if name.startswith("goreleaser/goreleaser-action"):
        yield from _of_goreleaser(tree)
    trusted = step.given("attestations") != "false" and not step.given("password")
    if name.startswith("pypa/gh-action-pypi-publish") and trusted:
        yield Proof("signature", "trusted publishing", place)
    for upload in uploads(job) if name in FILES else ():
        if upload.step is step and _CHECKSUMS.search(upload.path):
            yield Proof("checksum", upload.path, upload.place)


def _of_build(step: Step, place: Place) -> Iterator[Proof]:
    if step.given("sbom").lower() not in ("", "false"):
        yield Proof("sbom", "sbom of the image build", Place(step.path, step.with_["sbom"].line))
    provenance = step.given("provenance").lower()
    if provenance not in ("", "false"):
        yield Proof("signature", "provenance of the image build", Place(step.path, step.with_["provenance"].line))
    elif not provenance and step.action == _BUILDS[0] and _attaches_by_default(step.version):
        yield Proof("signature", "provenance that the image build attaches by default", place)


def _attaches_by_default(version: str) -> bool:
    return len(version) >= 40 or version_key(version) >= _PROVENANCE_DEFAULT


def _of_goreleaser(tree: RepositoryTree) -> Iterator[Proof]:
    for path in _GORELEASER:
        for document in tree.yaml(path)[:1] if tree.exists(path) else ():
            for key, kind in _GORELEASER_KEYS.items():
                if document.root.has(key):
                    yield Proof(kind, f"{key} of {path}", document.root.place_of(key))


# ---------------------------------------------------------------- commands


def _of_command(command: Command) -> Iterator[Proof]:
    run = run_of(command.words)
    how = " ".join((run.program, *run.plain[:1]))  # no more of it: arguments may hold secrets
    if _signs(run):
        yield Proof("signature", how, command.place)
    if _lists_contents(run):
        yield Proof("sbom", how, command.place)
    elif _CHECKSUMS.search(command.text[:300]) and run.program not in ("echo", "curl", "wget"):
        yield Proof("checksum", how, command.place)


def _signs(run: Run) -> bool:
    if {(run.program,), (run.program, *run.plain[:1])} & _SIGN_COMMANDS:
        return True
    match run.program:
        case "gpg" | "gpg2":
            return run.has("--detach-sign", "-b", "--clearsign", "--sign", "--detach-sig")
        case "npm" | "pnpm" | "yarn":
            return run.has("--provenance")
        case "helm" | "timoni":
            return run.has("--sign")
        case "docker":
            return run.value("--provenance") not in ("", "false")
    return False


def _lists_contents(run: Run) -> bool:
    named = bool({(run.program,), (run.program, *run.plain[:1])} & _SBOM_COMMANDS)
    return named or run.value("--sbom") == "true" or (run.program == "trivy" and run.value("--format") in _SBOM_FORMATS)
