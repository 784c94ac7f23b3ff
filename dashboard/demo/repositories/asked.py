"""(pure) The waivers that the demo's teams asked for: one of each standing."""

from dataclasses import dataclass

STAFF = "freya"  # who decides on what the teams ask for


@dataclass(frozen=True, slots=True)
class Asked:
    """A waiver. Days count from now: ``ago`` back to the request, ``until`` ahead to its last day (negative: it is
    over). ``by`` asked for it, ``decided_by`` approved it; empty: nobody has decided yet."""

    service: str
    control: str
    reason: str
    text: str
    by: str
    ago: int
    until: int
    decided_by: str = ""
    decision: str = ""


ASKED = (
    Asked(
        "shipping-labels",
        "DOP-8.1-02",
        "planned",
        "The release train names versions by hand until the monthly train ends. The new pipeline is on the roadmap.",
        by="paul",
        ago=80,
        until=3,
        decided_by=STAFF,
        decision="Until the train ends. Please don't renew it.",
    ),
    Asked(
        "mobile-gateway",
        "DOP-6.1-02",
        "planned",
        "The project of its own waits for the new cluster, which the platform team hands over this quarter.",
        by="aisha",
        ago=60,
        until=-12,
        decided_by=STAFF,
    ),
    Asked(
        "ledger",
        "DOP-3.1-09",
        "compensated",
        "Staging has no route to the outside: the cluster's gateway denies it, and no customer data is there.",
        by="mei",
        ago=40,
        until=120,
        decided_by=STAFF,
        decision="Agreed for staging. Production denies by default already.",
    ),
    Asked(
        "warehouse",
        "DOP-3.1-02",
        "planned",
        "The scanner gateway takes four minutes to start. Distinct probes come with the next train.",
        by="agnieszka",
        ago=2,
        until=45,
    ),
)
