"""(pure) Names and tiers of services as they are compared."""

_TIERS = ("tier", "criticality")


def folded(name: str) -> str:
    """A name as it is compared: hyphens, underscores, dots and spaces are one, cases too."""
    return name.lower().replace("_", "-").replace(".", "-").replace(" ", "-").strip("-")


def tier_of(*labels: dict[str, str]) -> str:
    """The tier that labels tell, in lower case; empty where none does."""
    for name, value in (pair for each in labels for pair in each.items()):
        if name.rpartition("/")[2].lower() in _TIERS:
            return value.strip().lower()
    return ""


def is_critical(tier: str) -> bool:
    """Whether a tier is the highest one."""
    return folded(tier).replace("-", "") in {"critical", "tier0", "tier1", "0", "1", "missioncritical"}
