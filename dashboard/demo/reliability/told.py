"""(pure) What people and pipelines of the demo told of reliability: gamedays, rollbacks, freezes, exemptions."""

from typing import NamedTuple


class Gameday(NamedTuple):
    """A run of a scenario, so many days ago: its score, and seconds of recovery. ``service`` empty: of none."""

    scenario: str
    service: str
    days_ago: float
    score: float
    mttr: float


class Rollback(NamedTuple):
    """How long one took."""

    service: str
    days_ago: float
    seconds: float


GAMEDAYS = (
    Gameday("terminate-instance", "checkout-api", 210, 71, 412),
    Gameday("terminate-instance", "checkout-api", 118, 84, 236),
    Gameday("terminate-instance", "checkout-api", 27, 93, 148),
    Gameday("database-failover", "ledger", 160, 58, 1320),
    Gameday("database-failover", "ledger", 69, 66, 905),
    Gameday("network-latency", "payments-api", 96, 74, 540),
    Gameday("network-latency", "payments-api", 5, 62, 780),
    Gameday("node-drain", "api-gateway", 41, 97, 34),
    Gameday("zone-outage", "", 290, 41, 3480),
    Gameday("zone-outage", "", 133, 55, 2640),
)
ROLLBACKS = (
    Rollback("payments-api", 9.2, 214),
    Rollback("payments-api", 8.1, 187),
    Rollback("payments-api", 7.4, 402),
    Rollback("payouts", 10.3, 655),
    Rollback("checkout-web", 21.6, 96),
    Rollback("api-gateway", 33.0, 71),
    Rollback("search-api", 15.5, 268),
)
FREEZE = ("Peak season", 9, 16, "Stock-taking and the sale of the year: nothing moves but what is on fire.")
EXEMPTION = (
    "payouts",
    "security_patch",
    "A library that reads settlement files has a published hole; the patched release waits to go out.",
    "mei",
)
