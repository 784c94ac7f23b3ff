"""(pure) Secrets in files: found, and hidden where they would be shown."""

from scorecards.reading.secrets.found import Seen, is_sample, secrets_in
from scorecards.reading.secrets.redact import redacted, without_tokens

__all__ = ["Seen", "is_sample", "redacted", "secrets_in", "without_tokens"]
