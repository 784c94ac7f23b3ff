"""What this room tells whoever listens: it knows no listener."""

from django.dispatch import Signal

# A delivery is in the inbox. Sent after the commit, with ``delivery_id``; a doorbell, nothing depends on it.
delivered = Signal()

# Facts were recorded and services marked changed. Sent after the commit, with nothing.
recorded = Signal()

# The default branch of repositories moved, as a delivery says. Sent in the transaction that records it, with
# ``repository_ids``: what a listener writes is kept with the facts, or not at all.
branch_moved = Signal()

# Somebody was erased. Sent in the transaction that does it, with ``names``: logins, names, addresses, in small letters.
person_erased = Signal()
