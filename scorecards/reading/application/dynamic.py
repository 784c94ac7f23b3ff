"""(pure) Settings that change while a service runs: which library watches or polls, and how safely."""

import re
from typing import Any, NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.application.files import own_files, own_workloads, sources
from scorecards.reading.flag_calls import is_test
from scorecards.reading.services import ServiceUnit
from scorecards.reading.sources import code
from scorecards.reading.subject import Subject
from scorecards.reading.templates.skeletons import files_below

# (library, words that import it, calls that watch, calls that poll).
_LIBRARIES: tuple[tuple[str, tuple[str, ...], str, str], ...] = (
    ("Consul", ("hashicorp/consul/api", "hashicorp/consul-template", "import consul", "com.orbitz.consul", '"consul"'),
     r"WaitIndex|watch\.Parse|NewPlan|RunWithHandler|ConsulCache|KVCache|\.watch\(|index\s?=",
     r"\.List\(|\.Get\(|\.list\(|\.get\("),
    ("etcd", ("go.etcd.io/etcd", "coreos/etcd", "import etcd3", "from etcd3", '"etcd3"', "io.etcd.jetcd"),
     r"\.Watch\(|\.watch\(|add_watch\w*\(|watch_prefix", r"\.Get\(|\.get\("),
    ("viper", ("spf13/viper",), r"WatchConfig|OnConfigChange|WatchRemoteConfig", r""),
    ("a file watcher", ("fsnotify/fsnotify", "watchdog.observers", "watchfiles", '"chokidar"', "'chokidar'"),
     r"NewWatcher\(|Observer\(|awatch\(|watch\(", r""),
    ("koanf", ("knadh/koanf",), r"\.Watch\(", r""),
    ("OpenFeature", ("open-feature/go-sdk", "@openfeature/", "from openfeature", "dev.openfeature"),
     r"(?i)addHandler|add_handler|setProvider\w*|set_provider\w*|onConfigurationChanged", r""),
    ("LaunchDarkly", ("launchdarkly",), r"MakeClient|MakeCustomClient|LDClient|ldclient|\binit\(|initialize\(", r""),
    ("AWS AppConfig", ("appconfigdata", "AppConfigData"), r"", r"(?i)GetLatestConfiguration|get_latest"),
    ("Unleash", ("unleash-client", "UnleashClient"), r"", r"(?i)initialize|startUnleash|UnleashClient\("),
    ("Spring Cloud", ("springframework.cloud.context", "RefreshScope"), r"@RefreshScope|ContextRefresher", r""),
    (".NET options", ("Microsoft.Extensions.Options", "IOptionsMonitor"), r"IOptionsMonitor|OnChange\(", r""),
    ("ZooKeeper", ("kazoo.client", "curator.framework", "go-zookeeper"),
     r"DataWatch|NodeCache|TreeCache|GetW\(|ExistsW\(", r""),
)  # fmt: skip
_COMPILED = tuple(
    (name, words, re.compile(watch) if watch else None, re.compile(poll) if poll else None)
    for name, words, watch, poll in _LIBRARIES
)
_TIMED = re.compile(
    r"time\.Sleep|time\.Tick|NewTicker|time\.After|setInterval|setTimeout|time\.sleep|asyncio\.sleep|@Scheduled|Task\.Delay"
)
_SERVES = re.compile(
    r"ListenAndServe|grpc\.NewServer|http\.Serve\(|\.listen\(|app\.run\(|uvicorn\.run|SpringApplication\.run|WebApplication\.Create"
    r"|serve_forever|get_wsgi_application|get_asgi_application"
)
_SERVING_WORDS = ("ListenAndServe", "NewServer", "Serve(", "listen(", "app.run(", "uvicorn", "SpringApplication",
                  "WebApplication", "serve_forever", "sgi_application")  # fmt: skip
MAX_TEXT = 300_000


class Client(NamedTuple):
    """A use of a library. ``way`` is ``watch`` or ``poll``; ``imported`` and ``place`` are where."""

    library: str
    way: str
    imported: Place
    place: Place


def clients(subject: Subject, service: ServiceUnit) -> list[Client]:
    """What reads settings while the service runs; what watches comes first."""
    found = [
        Client(name, way, Place(path, imported), Place(path, line))
        for path in sources(subject, service)
        for name, way, imported, line in subject.tree.remember("dynamic-settings", _of_file, path)
    ]
    return sorted(found, key=lambda one: one.way != "watch")


def _of_file(tree: RepositoryTree, path: str) -> list[Any]:
    """[library, way, line of its import, line of the call] of one file."""
    text = (tree.text(path) or "")[:MAX_TEXT]
    found = []
    bare = ""
    for name, words, watch, poll in _COMPILED:
        at = next((at for word in words if (at := text.find(word)) >= 0), -1)
        if at < 0:
            continue
        bare = bare or code(path, text)
        call, way = (watch.search(bare) if watch else None), "watch"
        if call is None and poll is not None and (not watch or _TIMED.search(bare)):
            call, way = poll.search(bare), "poll"
        if call is not None:
            found.append([name, way, text.count("\n", 0, at) + 1, text.count("\n", 0, call.start()) + 1])
    return found


def runs_long(subject: Subject, service: ServiceUnit) -> Place | None:
    """What shows that a service keeps running: its entry in the catalogue, a workload, or a server in its code."""
    component = service.component
    if component is not None:
        kind = component.text_at("spec", "type").lower()
        return component.place if kind not in ("library", "documentation", "data-pipeline", "tool", "cli") else None
    workload = next(iter(own_workloads(subject, service)), None)
    if workload is not None and sources(subject, service):
        return workload.place
    packed = own_files(subject, service, "**/Dockerfile*", "**/Procfile", "**/*compose*.y*ml")
    return serves(subject, service) if packed else None


def serves(subject: Subject, service: ServiceUnit) -> Place | None:
    """Where the code of a service starts a server."""
    for path in sources(subject, service):
        line = subject.tree.remember("serves", _serves, path)
        if line:
            return Place(path, line)
    return None


def _serves(tree: RepositoryTree, path: str) -> int:
    """The line on which a file starts a server; 0 where it does not."""
    text = (tree.text(path) or "")[:MAX_TEXT]
    if not any(word in text for word in _SERVING_WORDS):
        return 0
    match = _SERVES.search(code(path, text))
    return text.count("\n", 0, match.start()) + 1 if match is not None else 0


# ---------------------------------------------------------------- how safely

MARKS: dict[str, str] = {
    "a default where a key is missing":
        r"(?i)or_?default|with_?default|default_?values?\b|fallback|setdefault|defaults?\[|\?\?",
    "the last good value kept": r"(?i)cache|last_?(?:good|known|valid)|snapshot|stale|atomic\.",
    "back-off after errors": r"(?i)back_?off|exponential|jitter|retry_?(?:delay|after)|math\.pow|<<=?\s?\w",
    "a loop that can be ended":
        r"(?i)ctx\.Done|<-\s?(?:\w{1,40}\.)?(?:stop|done|quit)|abort|cancel|\.is_set\(|clearInterval|shutdown",
    "values checked before they apply":
        r"(?i)validat|json\.Unmarshal|\.parse\(|strconv\.|schema|unmarshal|model_validate",
    "removed keys handled": r"(?i)\.delete\(|\bdelete\(|\.remove\(|EventTypeDelete|DELETE|deleted|\.pop\(|evict",
    "changes recorded":
        r"(?i)\b(?:\w{0,20}log|logger|metrics?|audit|counter)(?:\.\w{1,30}){1,2}\("
        r"[^)\n]{0,120}(?:chang|updat|reload|refresh)",
}  # fmt: skip
_MARKS = {name: re.compile(words) for name, words in MARKS.items()}
_UNCANCELLED = re.compile(
    r"go\s[^\n]{0,200}\(\s?context\.(?:Background|TODO)\(\)|\.\w{1,40}\(\s?context\.(?:Background|TODO)\(\)\s?\)"
)
_OWN_TEXT = frozenset({"changes recorded"})


class Safety(NamedTuple):
    """``marks`` maps each that shows to where; ``tested``: a test of the same module stands beside it."""

    marks: dict[str, Place]
    tested: bool


def safety(tree: RepositoryTree, path: str) -> Safety:
    """How safely the client in a file changes settings."""
    text = (tree.text(path) or "")[:MAX_TEXT]
    bare = code(path, text)
    found: dict[str, Place] = {}
    for name, words in _MARKS.items():
        match = words.search(text if name in _OWN_TEXT else bare)
        if match is not None:
            found[name] = Place(path, text.count("\n", 0, match.start()) + 1)
    if _UNCANCELLED.search(bare):
        found.pop("a loop that can be ended", None)
    stem, folder = path.rpartition("/")[2].partition(".")[0], path.rpartition("/")[0]
    beside = files_below(tree, folder)[:2_000] + tree.all_files("**/tests/**", "tests/**")[:2_000]
    return Safety(found, any(is_test(other) and stem in other.rpartition("/")[2] for other in beside))
