"""The server by itself: ``python -m tests.github_server --organisation acme --repositories 50 --port 0``."""

import argparse

from tests.github_server.organisation import make
from tests.github_server.server import Server


def main() -> None:
    """Print the URL, and serve until it is interrupted. The token is ``a-token``."""
    parser = argparse.ArgumentParser(prog="tests.github_server")
    parser.add_argument("--organisation", default="acme")
    parser.add_argument("--repositories", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int, default=0)
    told = parser.parse_args()
    with Server(make(told.repositories, told.seed, login=told.organisation), port=told.port) as server:
        print(server.url, flush=True)
        try:
            server.wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
