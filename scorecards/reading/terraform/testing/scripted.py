"""(pure) Tests of Terraform in Python and with Kitchen: the folders that their texts name."""

import re
from typing import NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.terraform.directory import directory, folder_of, joined

_LIBRARIES = re.compile(r"^\s{0,40}(?:import|from)\s{1,20}(?:tftest|pytest_terraform)\b", re.M)
_TEXT = re.compile(r"""(?P<mark>["'])(?P<text>[^"'\n\\{}]{1,300})(?P=mark)""")
_KITCHEN = (".kitchen.yml", ".kitchen.yaml", "kitchen.yml", "kitchen.yaml")


class Named(NamedTuple):
    """A directory that a test names."""

    folder: str
    place: Place


class PythonTest(NamedTuple):
    """A test file with the fixtures beside it: every line and its place."""

    path: str
    lines: tuple[tuple[str, Place], ...]

    def places(self, *wanted: str) -> list[Place]:
        """The lines that hold one of these texts."""
        return [place for line, place in self.lines if any(text in line for text in wanted)]


def python_tests(tree: RepositoryTree) -> list[PythonTest]:
    """The Python test files that use a library for Terraform, themselves or through their folder's fixtures."""
    return tree.derive(_python_tests)


def _python_tests(tree: RepositoryTree) -> list[PythonTest]:
    fixtures = {folder_of(path): path for path in tree.files("**/conftest.py") if _uses(tree, path)}
    found = []
    for path in tree.files("**/test_*.py", "**/*_test.py"):
        shared = fixtures.get(folder_of(path), "")
        if shared or _uses(tree, path):
            lines = [(line, Place(each, at)) for each in (shared, path) for at, line in enumerate(tree.lines(each), 1)]
            found.append(PythonTest(path, tuple(lines)))
    return found


def _uses(tree: RepositoryTree, path: str) -> bool:
    text = tree.text(path) or ""
    return ("tftest" in text or "pytest_terraform" in text) and bool(_LIBRARIES.search(text))


def named_in_python(tree: RepositoryTree, test: PythonTest) -> list[Named]:
    """The texts of a test that lead to a directory with Terraform, from its own folder or from the top."""
    found: dict[str, Named] = {}
    for line, place in test.lines:
        for match in _TEXT.finditer(line[:2000]):
            for start in (folder_of(test.path), ""):
                folder = joined(start, match.group("text"))
                if folder is not None and folder not in found and directory(tree, folder) is not None:
                    found[folder] = Named(folder, place)
    return list(found.values())


def kitchen_tests(tree: RepositoryTree) -> list[Named]:
    """The root modules of Kitchen's suites."""
    found = []
    for path in tree.files(*(f"**/{name}" for name in _KITCHEN)):
        for document in tree.yaml(path):
            if document.root.text_at("driver", "name") != "terraform":
                continue
            suites = document.root.items_at("suites")
            for node in (document.root, *suites):
                folder = joined(folder_of(path), node.text_at("driver", "root_module_directory"))
                if folder is not None and node.has("driver", "root_module_directory"):
                    found.append(Named(folder, node.place_of("driver", "root_module_directory")))
    return found
