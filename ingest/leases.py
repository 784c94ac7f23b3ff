"""Who is at work with a row, so that two do not do the same, and a worker's death is noticed."""

import os
import socket


def own_name() -> str:
    """This process' name as the holder of a lease."""
    return f"{socket.gethostname()}/{os.getpid()}"


def is_dead(holder: str) -> bool:
    """Whether a holder was a process of this machine that is gone: nobody has to wait for its lease to end."""
    host, _, pid = holder.rpartition("/")
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
