"""(pure) Workflow commands of GitHub that scripts no longer should print."""

import re
from typing import NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.pipelines.found import actions, pipelines

# https://github.blog/changelog/2022-10-11-github-actions-deprecating-save-state-and-set-output-commands/
# https://github.blog/changelog/2020-10-01-github-actions-deprecating-set-env-and-add-path-commands/
_INSTEAD = {
    "set-output": "$GITHUB_OUTPUT",
    "save-state": "$GITHUB_STATE",
    "set-env": "$GITHUB_ENV",
    "add-path": "$GITHUB_PATH",
}
_COMMAND = re.compile(r"::(set-output|save-state|set-env|add-path)[ :]")


class OldCommand(NamedTuple):
    name: str
    path: str
    places: tuple[Place, ...]

    @property
    def instead(self) -> str:
        return _INSTEAD[self.name]


def old_commands(tree: RepositoryTree) -> list[OldCommand]:
    """The old commands of each workflow or action, with the lines that print them."""
    found: dict[tuple[str, str], list[Place]] = {}
    for pipeline in [*pipelines(tree), *actions(tree)]:
        for step in pipeline.steps if pipeline.system == "github" else ():
            for match in _COMMAND.finditer(step.run) if "::" in step.run else ():
                line = step.run_line + (step.run.count("\n", 0, match.start()) if step.exact else 0)
                found.setdefault((step.path, match[1]), []).append(Place(step.path, line))
    return [OldCommand(name, path, tuple(dict.fromkeys(places))) for (path, name), places in found.items()]
