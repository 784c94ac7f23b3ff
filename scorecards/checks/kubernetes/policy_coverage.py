"""(pure) Whether some policy selects each workload, and each policy some workload. Definition: DOP-3.1-11."""

from collections.abc import Iterator

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.kubernetes import Workload
from scorecards.reading.network_policies import Policy, in_namespace, selections
from scorecards.reading.running import workloads

MAX_NAMED = 4
Group = tuple[str, str]  # set and namespace


@check("network-policy-covers-workloads")
def network_policy_covers_workloads(subject: Subject) -> Iterator[Finding]:
    """In each set and namespace all workloads are selected, and no policy selects nothing."""
    for (rendered, namespace), members in _groups(subject.tree).items():
        found = in_namespace(subject.tree, rendered, namespace)
        yield _judged(_unit(rendered, namespace), members, found)


def _groups(tree: RepositoryTree) -> dict[Group, list[Workload]]:
    groups: dict[Group, list[Workload]] = {}
    for workload in workloads(tree):
        groups.setdefault((workload.manifest.rendered, workload.namespace), []).append(workload)
    return groups


def _unit(rendered: str, namespace: str) -> str:
    name = f"workloads of namespace {namespace}" if namespace else "workloads without a namespace"
    return f"{name} in {rendered}" if rendered else name


def _judged(unit: str, members: list[Workload], found: list[Policy]) -> Finding:
    selected: dict[Workload, bool | None] = dict.fromkeys(members, False)
    used = set()
    for member, policy, answer in selections(found, members):
        used.add(policy)
        selected[member] = selected[member] or answer
    dangling = [policy for policy in found if policy not in used and not policy.is_cluster_wide]
    sure = [member for member, answer in selected.items() if answer]
    left = [member for member, answer in selected.items() if answer is False]
    value = f"{len(sure)} of {len(members)}"
    where = (*(member.place for member in left), *(policy.manifest.place for policy in dangling))
    where = where or (*(policy.manifest.place for policy in found), members[0].place)
    if not left and not dangling:
        return _whole(unit, selected, where, value)
    if 2 * (len(members) - len(left)) < len(members):
        message = f"{value} workloads are selected by a policy; not {_named(left)}."
        return failed(unit, message, *where, value=value)
    if 2 * len(sure) < len(members):
        return unknown(unit, "Whom policies select is only known when the template is rendered.", *where, value=value)
    lack = f"not {_named(left)}" if left else f"{dangling[0].manifest.name[:60]} selects nothing"
    return partial(unit, f"{value} workloads are selected by a policy; {lack}.", *where, value=value)


def _whole(unit: str, selected: dict[Workload, bool | None], where: tuple[Place, ...], value: str) -> Finding:
    if None in selected.values():
        return unknown(unit, "Whom policies select is only known when the template is rendered.", *where, value=value)
    return passed(unit, "Each workload is selected by a policy.", *where, value=value)


def _named(members: list[Workload]) -> str:
    names = ", ".join(member.name[:40] for member in members[:MAX_NAMED])
    return f"{names} and {len(members) - MAX_NAMED} more" if len(members) > MAX_NAMED else names
