"""(pure) Labels of issues and pull requests."""

import re

from ingest.parsers.fields import Fields

_SEVERITY = re.compile(r"(?:severity|sev|p|priority)[ :/_-]{0,3}([1-4])")


def label_names(fields: Fields) -> set[str]:
    """The labels' names, in lower case."""
    return {label.text("name").lower() for label in fields.children("labels")}


def severity_of(labels: set[str]) -> str | None:
    """The gravest of ``sev1`` to ``sev4``, by labels such as SEV-1, severity: 1, P1; ``None`` if none tells."""
    found = [match[1] for label in labels if (match := _SEVERITY.fullmatch(label))]
    return f"sev{min(found)}" if found else None


def value_of(labels: set[str], *names: str) -> str | None:
    """What stands after ``name:`` or ``name/`` in the first label (by alphabet) that has it."""
    for label in sorted(labels):
        for name in names:
            if label.startswith((f"{name}:", f"{name}/")) and label[len(name) + 1 :].strip():
                return label[len(name) + 1 :].strip()
    return None
