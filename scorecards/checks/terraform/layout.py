"""(pure) The usual files of a module. Definition: DOP-1.1-14."""

from collections.abc import Iterator

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, failed, partial, passed
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.terraform import Directory, is_published, modules
from scorecards.reading.terraform.layout import is_tiny, misplaced, mixes_all, readme, untold


@check("terraform-module-layout-is-standard")
def terraform_module_layout_is_standard(subject: Subject) -> Iterator[Finding]:
    """Variables, outputs and resources stand in their usual files, with a README and, where published, examples."""
    for module in modules(subject.tree, subject.short_name):
        yield _layout(subject.tree, module, not module.path and is_published(subject.short_name))


def _layout(tree: RepositoryTree, module: Directory, published: bool) -> Finding:
    if (mixed := mixes_all(module)) is not None:
        message = f"One file mixes variables with other blocks ({mixed.block.type}): split it into the usual files."
        return failed(module.unit, message, mixed.place, value="single file")
    gaps, places = _gaps(tree, module, published)
    if gaps:
        message = f"{'; '.join(gaps)}."
        return partial(module.unit, message[0].upper() + message[1:], *places, value="; ".join(gaps))
    return passed(module.unit, "The files follow the usual layout.", module.first, value="standard")


def _gaps(tree: RepositoryTree, module: Directory, published: bool) -> tuple[list[str], list[Place]]:
    """What is missing, and where that shows."""
    gaps, places = [], [module.first]
    if wrong := misplaced(module):
        kinds = {at.block.type for at in wrong}
        homes = [f"{kind}s.tf" for kind in ("variable", "output") if kind in kinds]
        gaps.append(f"{len(wrong)} blocks stand outside {' and '.join(homes)}: move them there")
        places = [at.place for at in wrong]
    path = readme(tree, module)
    if not path and not (is_tiny(module) and not published):
        gaps.append("no README: generate one from the code")
    elif path and (missing := untold(tree, module, path)):
        gaps.append(f"the README does not name {missing[0][:60]}{' and others' if len(missing) > 1 else ''}: add it")
        places.append(Place(path))
    if published and not tree.all_files("examples/**"):
        gaps.append("no examples folder: add an example")
    return gaps, places
