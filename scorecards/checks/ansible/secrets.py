"""(pure) Secrets of playbooks. Definition: DOP-1.2-03."""

from collections.abc import Iterator

from ingest.repository.node import Place
from scorecards.checks.finding import Finding, failed, partial, passed
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading import kinds
from scorecards.reading.ansible import Located, every_task, is_of_molecule
from scorecards.reading.ansible.sensitive import VariableFile, handled, is_silent, unverified, variable_files


@check("ansible-secrets-protected")
def ansible_secrets_protected(subject: Subject) -> Iterator[Finding]:
    """Variables hold no secret in plain text, and tasks that handle one keep it out of logs."""
    if not kinds.has(subject.tree, "ans-play"):
        return
    told = False
    for file in variable_files(subject.tree):
        told = True
        yield _file(file)
    for located in every_task(subject.tree):
        found = None if is_of_molecule(located.task.path) else _task(located)
        if found is not None:
            told = True
            yield found
    if not told:
        yield passed("playbooks", "They neither hold nor handle a secret.")


def _file(file: VariableFile) -> Finding:
    if file.sealed:
        return passed(file.unit, "It is encrypted.", Place(file.path, 1), value="encrypted")
    if file.plain:
        names = ", ".join(dict.fromkeys(name for name, _ in file.plain[:4]))
        text = f"Secrets in plain text ({names}): encrypt them with ansible-vault or SOPS, or look them up."
        return failed(file.unit, text, *(place for _, place in file.plain), value=names)
    if file.protected:
        return passed(file.unit, "Its secrets are encrypted or looked up.", Place(file.path, 1), value="protected")
    return passed(file.unit, "It holds no secret.", Place(file.path, 1))


def _task(located: Located) -> Finding | None:
    task, unit = located
    secrets, lax = handled(task), unverified(task)
    plain = [secret for secret in secrets if secret.plain]
    if plain:
        text = f"“{task.label}” has {plain[0].name[:60]} in plain text: encrypt it or look it up."
        return failed(unit, text, *(secret.place for secret in plain), task.place, value=f"plain {plain[0].name[:60]}")
    if lax is not None:
        text = f"“{task.label}” does not check certificates: remove validate_certs."
        return failed(unit, text, lax, task.place, value="no certificates")
    if not secrets:
        return None
    if not is_silent(task):
        text = f"“{task.label}” handles {secrets[0].name[:60]} without no_log: add no_log: true."
        return partial(unit, text, task.place, value="no no_log")
    return passed(unit, f"It handles {secrets[0].name[:60]} with no_log.", task.place)
