"""(pure) How much care each repository of the demo gets, and how that changed over the last 90 days."""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.demo.company import SERVICES, Service

DAYS_AGO = (90, 66, 44, 22, 4)  # when the repositories were scanned
ASPECTS = ("pipeline", "workload", "delivery", "release", "reliability", "catalogue", "infra")

# Of each team, and of what differs from its team: the levels of the aspects at each scan.
_OF_TEAM: Mapping[str, tuple[str, ...]] = {
    "checkout": ("2222220", "2222220", "2222230", "2222230", "2222230"),
    "payments": ("2101210", "2211210", "2211220", "1211220", "1211210"),
    "search": ("0000000", "1000010", "1110110", "2120220", "2222220"),
    "identity": ("2221220", "2221220", "2222220", "2222220", "2222320"),
    "fulfilment": ("0000000", "0000000", "0000010", "1000010", "1100010"),
    "mobile": ("1100010", "1110010", "1110110", "1110110", "1010110"),
    "data-platform": ("0000010", "1000011", "1000111", "2000122", "2000223"),
    "platform": ("2222220", "2222320", "2222320", "2222320", "2222320"),
    "": ("0000000", "0000000", "0000000", "0000000", "0000000"),
}
_OF_SERVICE: Mapping[str, tuple[str, ...]] = {
    "checkout-api": ("2222320", "2222320", "2222320", "2222320", "2222320"),
    "cart": ("2222220", "2222220", "2222320", "2222320", "2222320"),
    "promotions": ("1111110", "1211110", "2211110", "2221210", "2221210"),
    "gift-cards": ("", "", "", "", "2221110"),
    "checkout-web": ("2121120", "2221120", "2221220", "2221320", "2221320"),
    "card-vault": ("2201220", "2201320", "2211320", "2211320", "2211320"),
    "payment-method-tokenisation-and-network-token-lifecycle-manager": (
        "1000000", "1000010", "1000010", "1100110", "1100110",
    ),
    "search-indexer": ("0000000", "0000000", "1110010", "2110110", "2210110"),
    "permissions": ("1111110", "2111110", "2211110", "2221220", "2221220"),
    "login": ("2221320", "2221320", "2222320", "2222320", "2222320"),
    "warehouse": ("0000010", "0000010", "1000010", "1100110", "1100110"),
    "returns": ("1000000", "0000000", "0000000", "0000000", "0000000"),
    "notifications": ("1111110", "1111110", "1101110", "1000110", "1000110"),
    "reporting-api": ("0000000", "1000010", "1100010", "2110110", "2110110"),
    "api-gateway": ("2222320", "2222320", "2222320", "2222320", "2222320"),
    "image-resizer": ("1100000", "1100000", "1100000", "1100000", "1100000"),
}  # fmt: skip
_SHAPE_OF_TEAM: Mapping[str, tuple[str, ...]] = {
    "checkout": ("go",),
    "payments": ("java",),
    "search": ("python", "manifests"),
    "identity": ("go",),
    "fulfilment": ("java",),
    "mobile": ("front", "manifests"),
    "data-platform": ("terraform",),
    "platform": ("go",),
    "": ("front", "manifests"),
}
_SHAPE_OF_SERVICE: Mapping[str, tuple[str, ...]] = {
    "checkout-web": ("front", "manifests"),
    "mobile-gateway": ("go",),
    "notifications": ("python", "manifests"),
    "reporting-api": ("python", "manifests"),
    "image-resizer": ("python", "manifests"),
}
# What is broken where: (the number of the file's scene, the first scan that sees it).
_SCENES: Mapping[str, tuple[int, int]] = {"promotions": (1, 3), "feature-flags": (2, 4), "warehouse": (3, 4)}
NOT_SCANNED = frozenset({"sms-gateway"})  # nobody declared it, so its repository is not known


@dataclass(frozen=True, slots=True)
class Step:
    """A repository as a scan found it: which of ``DAYS_AGO``, and the level of care of each aspect."""

    number: int
    levels: Mapping[str, int]


def services() -> list[Service]:
    """The services whose repositories are scanned."""
    return [service for service in SERVICES if service.slug not in NOT_SCANNED]


def shape(service: Service) -> tuple[str, ...]:
    """The sheets that the repository is made of."""
    return ("common", *_SHAPE_OF_SERVICE.get(service.slug, _SHAPE_OF_TEAM[service.team.slug]))


def steps(service: Service) -> list[Step]:
    """The states of the repository that differ from the one before, oldest first."""
    told = _OF_SERVICE.get(service.slug, _OF_TEAM[service.team.slug])
    scene, since = _SCENES.get(service.slug, (0, 0))
    found: list[Step] = []
    for number, digits in enumerate(told):
        levels = dict(zip(ASPECTS, map(int, digits), strict=False))
        levels["scene"] = scene if number >= since else 0
        if digits and (not found or found[-1].levels != levels):
            found.append(Step(number, levels))
    return found
