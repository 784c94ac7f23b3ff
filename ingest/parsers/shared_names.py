"""(pure) Names that several tools give to one incident."""

import re

_DIGEST = re.compile(r"[0-9a-f]{64}")


def names_of_key(key: str) -> list[str]:
    """The name that a pager's key for an incident stands for; none where no other tool can know it.

    Alertmanager gives PagerDuty (``dedup_key``) and Opsgenie (``alias``) the SHA-256 of the group's key. All else is
    the pager's own, or made up by who called it.
    """
    return [f"alertgroup/{key}"] if _DIGEST.fullmatch(key) else []
