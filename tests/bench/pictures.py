"""`make picture`: photographs the reader's pages of the demo directory for README and docs/design.md."""

import io
import os
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from tests.browser.find_chromium import find_chromium
from tests.browser.night import walk
from tests.browser.stack import FLAGS, running_site

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
SCREENS = {360: 640, 1280: 800}  # px
RESULTS = "/clinics/?near=10001"
FIRST_CLINIC = "#list .row-name a"
PAGES = {
    "home": "/",
    "results": RESULTS,
    "clinic": "",  # the first of the results
    "today": "/find/today/?near=10001",
    "article": "/articles/what-suboxone-is-and-how-it-works/",
}
COLORS = 96  # text and lines; a picture of a page is then some 30 KB


def photograph(browser: Browser, url: str, width: int) -> dict[str, Image.Image]:
    """By its name, each page's first screen."""
    page = browser.new_page(viewport={"width": width, "height": SCREENS[width]}, color_scheme="light")
    pictures = {}
    for name, path in PAGES.items():
        if path:
            page.goto(url + path)
        else:
            page.goto(url + RESULTS)
            page.click(FIRST_CLINIC)
        page.wait_for_load_state("load")
        pictures[name] = Image.open(io.BytesIO(page.screenshot()))
    page.close()
    return pictures


def photograph_night(browser: Browser, url: str) -> dict[str, Image.Image]:
    """The steps of tests/browser/night.py on the smallest phone."""
    page = browser.new_page(viewport={"width": 360, "height": SCREENS[360]}, color_scheme="light", base_url=url)
    pictures = {
        f"night-{number}-{step}": Image.open(io.BytesIO(page.screenshot()))
        for number, step in enumerate(walk(page, "/"), start=1)
    }
    page.close()
    return pictures


def main() -> None:
    path = find_chromium()
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_site(Path(folder) / "log") as site,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        photographs = {
            f"{name}-{width}": picture
            for width in SCREENS
            for name, picture in photograph(browser, site.url, width).items()
        }
        for name, picture in (photographs | photograph_night(browser, site.url)).items():
            file = FOLDER / f"{name}.png"
            picture.convert("RGB").quantize(COLORS).save(file, optimize=True)
            print(f"{file.relative_to(FOLDER.parents[1])}: {file.stat().st_size // 1000} KB")
        browser.close()


if __name__ == "__main__":
    main()
