"""(pure) Variables and outputs: described, validated, marked as secret. Definition: DOP-1.1-11 to DOP-1.1-13."""

from collections.abc import Iterator

from scorecards.checks.finding import Finding, failed, not_applicable, partial, passed
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.terraform import Directory, Located, directories, modules
from scorecards.reading.terraform.interface import (
    gap,
    hints_at_closed_set,
    is_marked,
    is_primitive,
    is_secret_output,
    is_secret_variable,
    literal_default,
    type_of,
    validated,
)

_COMPLETE = 0.8
_HALF = 0.5


@check("terraform-variables-typed-and-described")
def terraform_variables_typed_and_described(subject: Subject) -> Iterator[Finding]:
    """Every variable has a type and a description, every output a description."""
    for directory in directories(subject.tree):
        yield _described(directory)


def _described(directory: Directory) -> Finding:
    blocks = [*directory.blocks("variable"), *directory.blocks("output")]
    if not blocks:
        return not_applicable(directory.unit, "It has no variables and no outputs.", directory.first)
    gaps = [(at, missing) for at in blocks if (missing := gap(at))]
    value = f"{len(blocks) - len(gaps)}/{len(blocks)}"
    if not gaps:
        return passed(directory.unit, "All variables and outputs are complete.", directory.first, value=value)
    first, missing = gaps[0]
    message = f"{len(gaps)} of {len(blocks)} variables and outputs are incomplete: {_named(first)} has no {missing}."
    outcome = partial if (len(blocks) - len(gaps)) / len(blocks) >= _COMPLETE else failed
    return outcome(directory.unit, message, *(at.place for at, _ in gaps), value=value)


def _named(at: Located) -> str:
    return f"{at.block.type} {at.block.label[:60]}"


# ---------------------------------------------------------------- validation


@check("terraform-inputs-validated")
def terraform_inputs_validated(subject: Subject) -> Iterator[Finding]:
    """At least half of a module's inputs that take certain values only are validated."""
    for module in modules(subject.tree, subject.short_name):
        yield _validated(module, subject.options.constrained_names)


def _validated(module: Directory, more: tuple[str, ...]) -> Finding:
    texts = [at for at in module.blocks("variable") if is_primitive(at) and type_of(at) != "bool"]
    wanted = [at for at in texts if hints_at_closed_set(at, more)]
    if not wanted:
        return not_applicable(module.unit, "No input hints at a closed set of values.", module.first)
    known = validated(module)
    open_ones = [at for at in wanted if at.block.label not in known]
    done = len(wanted) - len(open_ones)
    value = f"{done}/{len(wanted)}"
    places = [at.place for at in open_ones]
    if done / len(wanted) >= _HALF:
        message = f"{done} of {len(wanted)} inputs with certain values are validated."
        return passed(module.unit, message, *(places or [module.first]), value=value)
    message = (
        f"{done} of {len(wanted)} inputs with certain values are validated: add one to {open_ones[0].block.label[:60]}."
    )
    return (partial if done else failed)(module.unit, message, *places, value=value)


# ---------------------------------------------------------------- secrets


@check("terraform-secrets-marked-sensitive")
def terraform_secrets_marked_sensitive(subject: Subject) -> Iterator[Finding]:
    """Variables and outputs that hold secrets are sensitive, and no secret stands as default."""
    for directory in directories(subject.tree):
        for at in directory.blocks("variable"):
            if is_secret_variable(at):
                yield _secret_variable(directory, at)
        for at in directory.blocks("output"):
            if is_secret_output(at):
                yield _secret_output(directory, at)


def _unit(directory: Directory, at: Located) -> str:
    return f"{directory.unit} {at.block.type}.{at.block.label}"


def _secret_variable(directory: Directory, at: Located) -> Finding:
    unit = _unit(directory, at)
    if literal_default(at):
        message = "A secret stands as default in the code: remove it, change it, and pass it from a secret store."
        return failed(unit, message, at.place, at.place_of("default"), value="default")
    if not is_marked(at):
        return failed(unit, "A secret variable is not sensitive: set sensitive = true.", at.place, value="unmarked")
    return passed(unit, "It is sensitive and has no default in the code.", at.place, value="marked")


def _secret_output(directory: Directory, at: Located) -> Finding:
    unit = _unit(directory, at)
    if not is_marked(at):
        return partial(unit, "A secret output is not sensitive: set sensitive = true.", at.place, value="unmarked")
    return passed(unit, "It is sensitive.", at.place, value="marked")
