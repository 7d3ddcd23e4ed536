"""`make bench-lighthouse`: what Lighthouse says of the pages a patient sees, mobile preset, on the demo directory.

Lighthouse comes from npm (Node.js 18.20 or newer) into var/lighthouse; the site itself never needs it.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from tests.browser.find_chromium import find_chromium
from tests.browser.stack import FLAGS, running_site

FOLDER = Path(__file__).resolve().parents[2] / "var" / "lighthouse"
PACKAGE = "lighthouse@12.8.2"  # 13 needs Node.js 22
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")  # of 100 points each, which every page has
TRIES = 3  # a machine with other work costs a page points that the next try gives back
PAGES = {
    "home": "/",
    "results": "/clinics/?near=10001",
    "clinic": "{clinic}",
    "city": "/locations/ny/new-york/",
    "article": "/articles/why-a-return-to-use-is-not-the-end/",
    "call sheet": "/clinics/compare/?{ids}",
}
# A page of a search must not be indexed: what someone looked for is nobody's business.
MEANT = {"results": {"is-crawlable"}, "call sheet": {"is-crawlable"}}


def install() -> Path:
    program = FOLDER / "node_modules" / ".bin" / "lighthouse"
    if not program.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["npm", "install", "--silent", "--no-save", "--no-package-lock", "--prefix", str(FOLDER), PACKAGE],
            check=True,
        )
    return program


def judge(program: Path, url: str, name: str) -> dict:
    """Lighthouse's report of a page: the first one without a lost point, or the last."""
    for _try in range(TRIES):
        report = FOLDER / f"{name}.json"
        command = [str(program), url, "--quiet", "--output=json", f"--output-path={report}"]
        command += [f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags=--headless=new {' '.join(FLAGS)}"]
        if meant := MEANT.get(name):
            command += [f"--skip-audits={','.join(meant)}"]
        subprocess.run(command, check=True, env=os.environ | {"CHROME_PATH": find_chromium()})
        found = json.loads(report.read_text())
        if min(points_of(found).values()) == 100:
            break
    return found


def points_of(found: dict) -> dict[str, int]:
    return {category: round(found["categories"][category]["score"] * 100) for category in CATEGORIES}


def main() -> None:
    program, missed = install(), []
    with tempfile.TemporaryDirectory() as folder, running_site(Path(folder) / "log") as site:
        clinics = [pk for [pk] in site.rows("SELECT id FROM clinics_clinic WHERE state = 'MA' ORDER BY id LIMIT 4")]
        values = {"clinic": f"/clinics/{clinics[0]}/x/", "ids": "&".join(f"id={pk}" for pk in clinics)}
        for name, path in PAGES.items():
            found = judge(program, site.url + path.format(**values), name)
            points = points_of(found)
            print(f"{name:10}", *(f"{category} {points[category]}" for category in CATEGORIES), sep="  ")
            for category in CATEGORIES:
                if points[category] < 100:
                    missed.append(f"{name}: {category} {points[category]}")
                    missed += lost_points(found, category)
    print("\n".join(missed))
    sys.exit(1 if missed else 0)


def lost_points(found: dict, category: str) -> list[str]:
    audits = (found["audits"][each["id"]] for each in found["categories"][category]["auditRefs"] if each["weight"])
    return [
        f"  {each['id']}: {each.get('displayValue') or each['title']}" for each in audits if (each["score"] or 0) < 1
    ]


if __name__ == "__main__":
    main()
