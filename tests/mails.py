"""Pictures of the weekly report's mails: ``python -m tests.mails FOLDER``, each week in two widths, light and dark.

Needs Chromium: the one that CHROMIUM names, else /usr/bin/chromium.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WIDTHS = (600, 375)
SCHEMES = ("light", "dark")
# Of each text that is seen: its size, its colour and that behind it, and how far these stand apart (WCAG 2.2, 1.4.3).
FAINT = """() => {
  const parts = text => text.match(/[\\d.]+/g).map(Number)
  const light = ([red, green, blue]) => [red, green, blue].map(one => one / 255)
    .map(one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
    .reduce((sum, one, place) => sum + one * [0.2126, 0.7152, 0.0722][place], 0)
  const behind = node => {
    for (let one = node; one; one = one.parentElement) {
      const found = parts(getComputedStyle(one).backgroundColor)
      if (found.length === 3 || found[3] > 0) return found
    }
    return [255, 255, 255]
  }
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement
    if (!walker.currentNode.data.trim() || !node.getClientRects().length) continue
    const style = getComputedStyle(node)
    const [one, other] = [light(parts(style.color)), light(behind(node))].sort((a, b) => b - a)
    const ratio = (one + 0.05) / (other + 0.05)
    if (ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5)) found.push([walker.currentNode.data.trim(), ratio])
  }
  return found
}"""


def pages(browser: Any, html: str) -> Iterator[tuple[int, str, Any]]:
    """The mail as a page, by width and scheme."""
    for width in WIDTHS:
        for scheme in SCHEMES:
            page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
            page.set_content(html, wait_until="load")
            yield width, scheme, page
            page.close()


def main(folder: Path) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
    import django

    django.setup()
    from dashboard.reports.render import alone, rendered
    from tests.dashboard.browser import chromium
    from tests.dashboard.reports.weeks import WEEKS

    folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for name, week in WEEKS.items():
            parts = rendered(
                week(), settings_href="http://localhost:8000/reports/", unsubscribe_href="http://localhost/"
            )
            for width, scheme, page in pages(browser, alone(parts.html, parts.pictures)):
                page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
