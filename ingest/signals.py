"""What this room tells whoever listens: it knows no listener."""

from django.dispatch import Signal

# A delivery is in the inbox. Sent after the commit, with ``delivery_id``; a doorbell, nothing depends on it.
delivered = Signal()

# Facts were recorded and services marked changed. Sent after the commit, with nothing.
recorded = Signal()
