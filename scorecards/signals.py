"""What this room tells whoever listens within it: who sends knows no listener."""

from django.dispatch import Signal

# A scan was kept. Sent in the transaction that keeps it, with ``scan``.
scanned = Signal()

# The figures of services were recomputed. Sent in that transaction with ``service_ids``, ``days``: those on which a
# figure changed, and ``regrouped``: the ids of services whose team or retirement may have.
rebuilt = Signal()
