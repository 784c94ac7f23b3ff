"""What a scan is made with: the standards in force, the organisation's options, and what stands for them."""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from django.conf import settings

from scorecards.checks.registry import VERSION
from scorecards.models import OwnPack
from scorecards.reading import lifecycle
from scorecards.reading.subject import Options
from scorecards.standards import pack
from scorecards.standards.options import load_options
from scorecards.standards.standard import Standard


@dataclass(frozen=True, slots=True)
class InForce:
    """Everything besides the repository that decides a verdict. The four texts stand for it, each for its part."""

    standards: tuple[Standard, ...]
    packs: dict[str, str]
    options: Options
    checks: str
    standards_key: str
    options_key: str
    dates: str

    @property
    def key(self) -> str:
        return _short("\0".join((self.checks, self.standards_key, self.options_key, self.dates)))


def in_force(today: date) -> InForce:
    """What holds today. Controls that depend on dates are looked at again when one of them passes, and each month."""
    return _conditions(
        {row.code: row.text for row in OwnPack.objects.filter(state=OwnPack.State.PUBLISHED).order_by("code")}, today
    )


def without_database(today: date) -> InForce:
    """As ``in_force``, without the organisation's own packs."""
    return _conditions({}, today)


def _conditions(own: dict[str, str], today: date) -> InForce:
    standards = (pack.builtin(), *(pack.load(text, code) for code, text in own.items()))
    options = load_options(settings.STANDARD_OPTIONS)
    return InForce(
        standards=standards,
        packs=own,
        options=options,
        checks=VERSION,
        standards_key=_short(" ".join(standard.fingerprint for standard in standards)),
        options_key=_short(repr(options)),
        dates=_short(f"{lifecycle.state(today)} {today:%Y-%m}"),
    )


def _short(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]
