"""(pure) Fault experiments of AWS FIS, as Terraform makes them."""

from collections.abc import Iterator

from ingest.repository.documents.hcl import Block
from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading import kinds
from scorecards.reading.chaos.model import Experiment, Fault, kind_of_words
from scorecards.reading.durations import seconds_of


def fis_experiments(tree: RepositoryTree) -> Iterator[Experiment]:
    for file in kinds.found(tree, "tf"):
        if "aws_fis_experiment_template" not in (tree.text(file.path) or ""):
            continue
        parsed = tree.hcl(file.path)
        for block in parsed.body.blocks_of("resource", "aws_fis_experiment_template") if parsed else ():
            yield _fis(file.path, block)


def _fis(path: str, block: Block) -> Experiment:
    stops = [each for each in block.body.blocks_of("stop_condition") if each.body.text("source") != "none"]
    name = block.labels[1] if len(block.labels) > 1 else "?"
    faults = tuple(_fis_fault(path, block, each) for each in block.body.blocks_of("action"))
    return Experiment(
        "fis", f"aws_fis_experiment_template {name} in {path}", "aws_fis_experiment_template", Place(path, block.line),
        None, faults, "", Place(path, stops[0].line) if stops else None, block=block, hints=(path, name),
    )  # fmt: skip


def _fis_fault(path: str, block: Block, action: Block) -> Fault:
    names = action.body.text("action_id")
    parameters = {each.body.text("key"): each.body.text("value") for each in action.body.blocks_of("parameter")}
    duration = parameters.get("duration", "").removeprefix("PT").lower()
    targets = block.body.blocks_of("target")
    tags = [
        (each.body.text("key"), each.body.text("value")) for t in targets for each in t.body.blocks_of("resource_tag")
    ]
    everything = any(target.body.text("selection_mode").upper() == "ALL" for target in targets)
    named = any(target.body.get("resource_arns") is not None for target in targets)
    instant = not any(word in names for word in ("network", "stress", "inject", "disrupt", "pause", "throttle"))
    return Fault(
        kind_of_words(names),
        "ec2-restart" if instant else names,
        "all" if everything else "one",
        Place(path, action.line),
        seconds_of(duration),
        "${" in duration,
        labels=tuple(tags),
        named=named or bool(tags),
        places=(Place(path, action.line),),
    )
