"""(pure) Fault experiments of Litmus."""

from ingest.repository.node import Node, Place
from scorecards.reading.chaos.model import MAX_FAULTS, Experiment, Fault, kind_of_words, stated_guard
from scorecards.reading.durations import seconds_of
from scorecards.reading.kubernetes import Manifest
from scorecards.reading.kubernetes.manifest import OPAQUE


def litmus_experiment(manifest: Manifest, spec: Node) -> Experiment:
    engine = spec.get("engineTemplateSpec") if manifest.kind == "ChaosSchedule" else spec
    engine = engine or spec
    tests = [each for each in engine.items_at("experiments")[:MAX_FAULTS] if each.is_mapping]
    return Experiment(
        "litmus", manifest.unit, manifest.kind, manifest.place, spec,
        tuple(_litmus_fault(engine, each) for each in tests),
        "repeat" if spec.has("schedule", "repeat") else "",
        next((place for each in tests if (place := _litmus_abort(each)) is not None), stated_guard(manifest)),
        manifest, hints=(manifest.namespace, manifest.name, manifest.rendered, manifest.path),
    )  # fmt: skip


def _litmus_fault(engine: Node, test: Node) -> Fault:
    name = test.text_at("name")
    env = {each.text_at("name"): each for each in test.items_at("spec", "components", "env")}
    duration = env.get("TOTAL_CHAOS_DURATION")
    value = duration.get("value") if duration is not None else None
    share = env["PODS_AFFECTED_PERC"].text_at("value") if "PODS_AFFECTED_PERC" in env else ""
    label, _, told = engine.text_at("appinfo", "applabel").partition("=")
    namespace = engine.text_at("appinfo", "appns")
    return Fault(
        kind_of_words(name), name, "all" if share == "100" else "one", test.place,
        seconds_of(f"{value.text}s") if value is not None and value.text else None,
        value is not None and value.tag == OPAQUE, (namespace,) if namespace else (), ((label, told),) if label else (),
        places=(test.place, engine.place_of("appinfo")),
    )  # fmt: skip


def _litmus_abort(test: Node) -> Place | None:
    for probe in test.items_at("spec", "probe"):
        stops = probe.get("runProperties", "stopOnFailure")
        if probe.text_at("mode") in ("Continuous", "OnChaos", "Edge") or (stops is not None and stops.is_true):
            return probe.place
    return None
