"""Pictures of the site for the README: ``python -m tests.screenshots`` starts it with the demo and writes them.

Needs Chromium: the one that CHROMIUM names, else /usr/bin/chromium, else Playwright's own.
"""

import os
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "screenshots"
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESK, PHONE = (1440, 900), (390, 844)


class Shot(NamedTuple):
    """A picture: its name, the page (or the text of a link on the overview to follow), and how it is looked at."""

    name: str
    path: str
    size: tuple[int, int] = DESK
    dark: bool = False
    click: str = ""


class Site(NamedTuple):
    url: str
    user: str
    password: str


SHOTS = (
    Shot("overview", "/"),
    Shot("overview-dark", "/", dark=True),
    Shot("overview-phone", "/", size=PHONE),
    Shot("explanation", "/", click=".tile:nth-child(3) a.figure"),
    Shot("team", "first:/teams/"),
    Shot("service", "first:/services/", dark=True),
    Shot("standards", "/standards/"),
    Shot("scorecard", "/services/ledger/standards/"),
    Shot("reliability", "/reliability/"),
    Shot("error-budget", "/services/payments-api/reliability/", dark=True),
    Shot("adoption", "/adoption/"),
    Shot("deployments", "/deployments/"),
    Shot("data", "/data/"),
)


@contextmanager
def site() -> Iterator[Site]:
    """The site with the demo organisation, in a temporary folder, until the block ends."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        environment = os.environ | {
            "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
            "SECRET_KEY": "only for pictures",
            "EMAIL_URL": f"file:///{folder}/mail",
            "BASE_URL": f"http://localhost:{port}",
        }
        command = [sys.executable, "-u", "manage.py", "up", "--port", str(port)]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        try:
            yield signed_up(process, port)
        finally:
            process.terminate()
            process.wait(timeout=30)


def signed_up(process: "subprocess.Popen[str]", port: int) -> Site:
    """Wait until the site says by whom it may be entered."""
    assert process.stdout is not None
    for line in process.stdout:
        print(line, end="")
        found = re.match(r"Sign in: (\S+) (\S+)", line)
        if found:
            return Site(f"http://localhost:{port}", found[1], found[2])
    raise SystemExit("The site stopped before it was ready.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def enter(page: Page, at: Site) -> None:
    page.goto(f"{at.url}/sign-in/")
    page.fill("[name=username]", at.user)
    page.fill("[name=password]", at.password)
    page.click("form button.primary")
    page.wait_for_url(f"{at.url}/")


def take(browser: Browser, at: Site, shot: Shot) -> None:
    """One picture, of what one sees without scrolling; charts are waited for."""
    context = browser.new_context(
        viewport={"width": shot.size[0], "height": shot.size[1]}, color_scheme="dark" if shot.dark else "light"
    )
    page = context.new_page()
    enter(page, at)
    page.goto(at.url + path_of(page, shot))
    if shot.click:
        page.click(shot.click)
        page.wait_for_selector("#explanation, .explanation")
    page.wait_for_timeout(500)
    if page.locator("[data-chart]").count():
        page.wait_for_selector(".js-plotly-plot .main-svg", timeout=20_000)
        page.wait_for_timeout(500)
    page.screenshot(path=FOLDER / f"{shot.name}.png")
    context.close()


def path_of(page: Page, shot: Shot) -> str:
    """``first:/teams/``: the first page below that is linked from the pages above it."""
    if not shot.path.startswith("first:"):
        return shot.path
    folder = shot.path.removeprefix("first:")
    if folder == "/services/":
        page.click('tbody th a[href^="/teams/"]')
    page.wait_for_selector(f'tbody th a[href^="{folder}"]')
    return str(page.get_attribute(f'tbody th a[href^="{folder}"]', "href"))


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    chromium = os.environ.get("CHROMIUM") or ("/usr/bin/chromium" if Path("/usr/bin/chromium").exists() else None)
    with site() as at, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=ARGS)
        for shot in SHOTS:
            take(browser, at, shot)
            print(f"docs/screenshots/{shot.name}.png")
        browser.close()


if __name__ == "__main__":
    main()
