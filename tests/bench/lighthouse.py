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
LEAST = {"performance": 98, "accessibility": 100, "best-practices": 100, "seo": 100}
PAGES = {"home": "/", "results": "/clinics/?near=10001", "city": "/locations/ny/new-york/"}
# A page of a search must not be indexed: what someone looked for is nobody's business.
MEANT = {"results": {"is-crawlable"}}


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
    """Lighthouse's report of a page: {category: points of 100} and what cost points."""
    report = FOLDER / f"{name}.json"
    command = [str(program), url, "--quiet", "--output=json", f"--output-path={report}"]
    command += [f"--only-categories={','.join(LEAST)}", f"--chrome-flags=--headless=new {' '.join(FLAGS)}"]
    if meant := MEANT.get(name):
        command += [f"--skip-audits={','.join(meant)}"]
    subprocess.run(command, check=True, env=os.environ | {"CHROME_PATH": find_chromium()})
    return json.loads(report.read_text())


def main() -> None:
    program, missed = install(), []
    with tempfile.TemporaryDirectory() as folder, running_site(Path(folder) / "log") as site:
        [[clinic]] = site.rows("SELECT min(id) FROM clinics_clinic WHERE state = 'MA'")
        for name, path in (PAGES | {"clinic": f"/clinics/{clinic}/x/"}).items():
            found = judge(program, site.url + path, name)
            points = {each: round(found["categories"][each]["score"] * 100) for each in LEAST}
            print(f"{name:10}", *(f"{each} {points[each]}" for each in LEAST), sep="  ")
            for each in LEAST:
                if points[each] < LEAST[each]:
                    missed.append(f"{name}: {each} {points[each]}")
                    missed += lost_points(found, each)
    print("\n".join(missed))
    sys.exit(1 if missed else 0)


def lost_points(found: dict, category: str) -> list[str]:
    audits = (found["audits"][each["id"]] for each in found["categories"][category]["auditRefs"] if each["weight"])
    return [
        f"  {each['id']}: {each.get('displayValue') or each['title']}" for each in audits if (each["score"] or 0) < 1
    ]


if __name__ == "__main__":
    main()
