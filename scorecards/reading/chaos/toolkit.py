"""(pure) Fault experiments of the Chaos Toolkit."""

import re

from ingest.repository.node import Node
from scorecards.reading.chaos.model import MAX_FAULTS, Experiment, Fault, kind_of_words
from scorecards.reading.durations import seconds_of
from scorecards.reading.kubernetes.manifest import texts


def toolkit_experiment(path: str, root: Node) -> Experiment:
    actions = [each for each in root.items_at("method")[:MAX_FAULTS] if each.text_at("type") == "action"]
    continuous = root.text_at("runtime", "hypothesis", "strategy") in ("continuously", "during-method-only")
    aborts = (
        root.place_of("runtime") if continuous else root.place_of("controls") if root.items_at("controls") else None
    )
    heals = bool(root.items_at("rollbacks"))
    return Experiment(
        "toolkit", f"experiment {root.text_at('title') or '?'} in {path}"[:200], "experiment", root.place, root,
        tuple(_toolkit_fault(each, heals) for each in actions), "", aborts, hints=(path,),
    )  # fmt: skip


def _toolkit_fault(action: Node, heals: bool) -> Fault:
    arguments = action.get("provider", "arguments")
    told = texts(arguments)
    name = f"{action.text_at('name')} {action.text_at('provider', 'module')} {action.text_at('provider', 'func')}"
    duration = next((told[key] for key in ("duration", "timeout", "seconds") if key in told), "")
    pause = action.text_at("pauses", "after")
    seconds = seconds_of(duration) or seconds_of(f"{duration or pause}s")
    selects = [(key, value) for key, value in told.items() if re.search(r"label|selector|filter|tag|pattern|name", key)]
    spaces = [told[key] for key in ("ns", "namespace") if key in told]
    share = told.get("all", "").lower() == "true"
    return Fault(
        kind_of_words(name), action.text_at("provider", "func"), "all" if share else "one", action.place,
        seconds if seconds is not None else (0.0 if heals else None), False, tuple(spaces), tuple(selects),
        arguments is not None and any("ids" in name for name, _, _ in arguments.members()), (action.place,),
    )  # fmt: skip
