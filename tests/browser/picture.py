"""`make picture`: photographs the results of the running site for the README. SITE= names it, NEAR= the place."""

import os
import sys
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Error, sync_playwright

from tests.browser.find_chromium import find_chromium

SITE = os.environ.get("SITE", "http://127.0.0.1:8000")
PICTURE = Path(__file__).resolve().parents[2] / "docs" / "results.png"


def main() -> None:
    address = f"{SITE}/clinics/?{urlencode({'near': os.environ.get('NEAR', '10001'), 'medication': 'buprenorphine'})}"
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=flags)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        try:
            page.goto(address)
        except Error:
            sys.exit(f"Nothing answers at {SITE}. Start the site first: make run")
        page.screenshot(path=PICTURE)
        browser.close()
    print(f"{PICTURE.name} shows {address}")


if __name__ == "__main__":
    main()
