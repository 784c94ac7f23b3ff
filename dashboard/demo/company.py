"""(pure) The company of the demo: its teams, how they work, and what they own."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

HISTORY_DAYS = 365


@dataclass(frozen=True, slots=True)
class Pace:
    """How a team delivers at one time.

    ``per_day``: deployments to production a working day and service. ``batch``: pull requests a deployment.
    ``coding`` to ``release`` and ``restore``: medians in hours. ``failing``: share of deployments that go wrong.
    """

    per_day: float
    batch: float
    coding: float
    pickup: float
    review: float
    release: float
    failing: float
    restore: float


@dataclass(frozen=True, slots=True)
class Team:
    """A team and its habits. ``first`` and ``last``: its pace a year ago and now.

    ``slump``: its pace in the last ``slump_days``; ``bad_week``: days ago, from and to, in which every other release
    goes wrong. ``train``: releases on the first Tuesday of a month only. ``ancestry``: deployments tell no list of
    changes, commits tell their parents. ``commits_known``, ``unreviewed``, ``bots``: shares of pull requests.
    """

    slug: str
    name: str
    utc_offset_h: int
    people: tuple[str, ...]
    topics: tuple[str, ...]
    first: Pace
    last: Pace
    slump: Pace | None = None
    slump_days: int = 0
    bad_week: tuple[int, int] | None = None
    train: bool = False
    ancestry: bool = False
    commits_known: float = 1.0
    unreviewed: float = 0.04
    bots: float = 0.1

    def in_bad_week(self, days_ago: float) -> bool:
        return self.bad_week is not None and self.bad_week[0] >= days_ago >= self.bad_week[1]

    def pace(self, progress: float, days_ago: float) -> Pace:
        """``progress``: 0 a year ago, 1 now."""
        if self.slump and days_ago <= self.slump_days:
            return self.slump
        return _between(self.first, self.last, progress)


def _between(first: Pace, last: Pace, progress: float) -> Pace:
    """Between two paces, in equal ratios rather than equal steps."""

    def mixed(before: float, after: float) -> float:
        return before * math.pow(after / before, progress)

    return Pace(
        per_day=mixed(first.per_day, last.per_day),
        batch=mixed(first.batch, last.batch),
        coding=mixed(first.coding, last.coding),
        pickup=mixed(first.pickup, last.pickup),
        review=mixed(first.review, last.review),
        release=mixed(first.release, last.release),
        failing=mixed(first.failing, last.failing),
        restore=mixed(first.restore, last.restore),
    )


@dataclass(frozen=True, slots=True)
class Service:
    """A service. ``team`` with an empty slug: nobody owns it. ``factor``: its pace relative to its team's.

    ``stopped``: days ago of its last deployment. ``released``: days ago of its only deployments, where they are told
    one by one; empty: nothing was ever deployed. ``moved_from`` owned it until ``moved`` days ago.
    """

    slug: str
    team: Team
    tier: str = "standard"
    factor: float = 1.0
    stopped: int = 0
    released: tuple[int, ...] | None = None
    moved_from: Team | None = None
    moved: int = 0
    declared: bool = True
    versions: str = "semantic"

    @property
    def repository(self) -> str:
        return f"acme/{self.slug}"

    def owner(self, at: datetime, now: datetime) -> Team:
        moved = self.moved_from is not None and at < now - timedelta(days=self.moved)
        return self.moved_from if moved and self.moved_from else self.team


CHECKOUT = Team(
    "checkout", "Checkout", 1,
    ("amara", "jonas", "priya", "luca", "sofie"),
    ("the address form", "guest checkout", "the order summary", "voucher codes", "delivery slots", "express checkout",
     "gift wrapping", "the basket merge"),
    first=Pace(1.15, 1.1, 0.24, 0.12, 0.09, 0.11, 0.035, 0.28),
    last=Pace(1.35, 1.1, 0.2, 0.1, 0.08, 0.1, 0.025, 0.22),
    bots=0.08,
)  # fmt: skip
PAYMENTS = Team(
    "payments", "Payments", 0,
    ("daniel", "mei", "oluwaseun", "hannah", "rafael"),
    ("refunds", "3-D Secure challenges", "card tokens", "payout batches", "chargebacks", "settlement files",
     "currency rounding", "the ledger export"),
    first=Pace(0.5, 1.4, 2.0, 1.0, 0.7, 0.8, 0.04, 0.5),
    last=Pace(0.55, 1.3, 1.8, 0.9, 0.6, 0.7, 0.04, 0.45),
    slump=Pace(0.45, 2.0, 4.0, 9.0, 3.5, 4.0, 0.08, 1.3),
    slump_days=45,
    bad_week=(12, 7),
)  # fmt: skip
SEARCH = Team(
    "search", "Search", 0,
    ("ines", "tomasz", "grace", "viktor"),
    ("typo tolerance", "facet counts", "synonyms", "the ranking model", "reindexing", "zero-result queries",
     "autocomplete", "query rewriting"),
    first=Pace(0.13, 3.4, 14.0, 20.0, 8.0, 30.0, 0.14, 5.0),
    last=Pace(0.8, 1.2, 1.4, 0.6, 0.4, 0.4, 0.035, 0.35),
)  # fmt: skip
IDENTITY = Team(
    "identity", "Identity", 2,
    ("elif", "marcus", "yuki", "noor"),
    ("passkeys", "session expiry", "password resets", "the consent screen", "token rotation", "login throttling",
     "account merging"),
    first=Pace(0.32, 1.5, 4.0, 2.0, 1.0, 1.5, 0.06, 0.8),
    last=Pace(0.34, 1.5, 3.6, 1.8, 1.0, 1.4, 0.05, 0.7),
    unreviewed=0.0,
)  # fmt: skip
FULFILMENT = Team(
    "fulfilment", "Fulfilment", 1,
    ("bernd", "agnieszka", "paul", "samira", "kofi"),
    ("pick lists", "shipping labels", "carrier rates", "stock corrections", "return slips", "pallet tracking",
     "customs forms", "the nightly stock import"),
    first=Pace(1.0, 13.0, 22.0, 26.0, 10.0, 420.0, 0.12, 6.0),
    last=Pace(1.0, 13.0, 22.0, 26.0, 10.0, 420.0, 0.12, 6.0),
    train=True,
    unreviewed=0.12,
    bots=0.05,
)  # fmt: skip
MOBILE = Team(
    "mobile", "Mobile", -5,
    ("camila", "ethan", "aisha", "theo"),
    ("push permissions", "deep links", "offline baskets", "app config", "the home feed", "image prefetching",
     "crash reports"),
    first=Pace(0.24, 1.7, 6.0, 5.0, 2.0, 5.0, 0.08, 1.6),
    last=Pace(0.26, 1.6, 5.5, 4.0, 2.0, 4.0, 0.07, 1.4),
    commits_known=0.4,
    unreviewed=0.18,
)  # fmt: skip
DATA = Team(
    "data-platform", "Data Platform", 1,
    ("ingrid", "arjun", "chloe", "mateusz"),
    ("late events", "the orders table", "partition pruning", "schema drift", "feature freshness", "backfills",
     "consumer lag"),
    first=Pace(0.28, 1.8, 8.0, 3.0, 2.0, 3.0, 0.07, 2.0),
    last=Pace(0.28, 1.8, 7.0, 3.0, 2.0, 2.5, 0.06, 1.8),
    ancestry=True,
    bots=0.14,
)  # fmt: skip
PLATFORM = Team(
    "platform", "Platform", 1,
    ("freya", "omar", "lena", "diego"),
    ("rate limits", "flag evaluation", "build caching", "certificate renewal", "request tracing", "retry budgets",
     "node draining"),
    first=Pace(0.34, 1.3, 2.2, 0.9, 0.5, 0.7, 0.045, 0.6),
    last=Pace(0.4, 1.3, 2.0, 0.8, 0.5, 0.6, 0.035, 0.5),
    bots=0.2,
)  # fmt: skip
NOBODY = Team(
    "", "", 0,
    ("gabriel", "wanda"),
    ("the sitemap", "text messages", "old redirects"),
    first=Pace(0.07, 1.3, 5.0, 8.0, 2.0, 6.0, 0.08, 3.0),
    last=Pace(0.05, 1.3, 5.0, 8.0, 2.0, 6.0, 0.08, 3.0),
    unreviewed=0.4,
)  # fmt: skip

TEAMS = (CHECKOUT, PAYMENTS, SEARCH, IDENTITY, FULFILMENT, MOBILE, DATA, PLATFORM)

SERVICES = (
    Service("checkout-api", CHECKOUT, "critical", 1.2, versions="dated"),
    Service("checkout-web", CHECKOUT, "critical", 1.3, versions="dated"),
    Service("cart", CHECKOUT, factor=0.9, versions="dated"),
    Service("promotions", CHECKOUT, factor=0.6, versions="dated"),
    Service("gift-cards", CHECKOUT, "low", released=(3,), versions="dated"),
    Service("payments-api", PAYMENTS, "critical", 1.3),
    Service("ledger", PAYMENTS, "critical"),
    Service("card-vault", PAYMENTS, "critical", 0.5),
    Service("payouts", PAYMENTS, factor=0.8),
    Service("payment-method-tokenisation-and-network-token-lifecycle-manager", PAYMENTS, factor=0.4),
    Service("search-api", SEARCH, "critical"),
    Service("search-indexer", SEARCH),
    Service("suggestions", SEARCH, factor=0.8),
    Service("login", IDENTITY, "critical", 1.2),
    Service("accounts", IDENTITY),
    Service("permissions", IDENTITY, factor=0.7),
    Service("warehouse", FULFILMENT, "critical", 2.0),
    Service("shipping-labels", FULFILMENT),
    Service("carrier-gateway", FULFILMENT),
    Service("returns", FULFILMENT, "low"),
    Service("loyalty-points", MOBILE, "low", released=()),
    Service("mobile-gateway", MOBILE, "critical", 1.2),
    Service("app-config", MOBILE, factor=0.7),
    Service("notifications", MOBILE, moved_from=PLATFORM, moved=160),
    Service("event-stream", DATA, "critical", versions="sha"),
    Service("orders-warehouse", DATA, versions="sha"),
    Service("reporting-api", DATA, "low", 0.8, versions="sha"),
    Service("api-gateway", PLATFORM, "critical"),
    Service("feature-flags", PLATFORM, factor=0.9),
    Service("image-resizer", PLATFORM, "low", 0.9, stopped=122),
    Service("sitemap", NOBODY, "low"),
    Service("sms-gateway", NOBODY, declared=False),
)
