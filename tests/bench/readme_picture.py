"""`make bench-readme-picture`: photographs the results of a search in the demo directory for the README."""

import os
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from tests.browser.find_chromium import find_chromium
from tests.browser.stack import FLAGS, running_site

PICTURE = Path(__file__).resolve().parents[2] / "docs" / "results.png"
SEARCH = "/clinics/?near=10001&medication=buprenorphine"


def main() -> None:
    path = find_chromium()
    with (
        tempfile.TemporaryDirectory() as folder,
        running_site(Path(folder) / "log") as site,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme="light")
        page.goto(site.url + SEARCH)
        page.screenshot(path=PICTURE)
        browser.close()
    print(f"{PICTURE.parent.name}/{PICTURE.name} shows {SEARCH}")


if __name__ == "__main__":
    main()
