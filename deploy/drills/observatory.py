"""`make drill-observatory`: Mozilla's Observatory scores the headers of several pages, over https on the loopback.

npm (Node.js 20 or newer) installs its scorer into var/observatory; the site itself never needs it.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from deploy.drills.production import NAME, program, running_production

FOLDER = Path(__file__).resolve().parents[2] / "var" / "observatory"
PACKAGE = "@mdn/mdn-http-observatory@1.4.8"
LEAST = 130  # "A+" begins at 100
# Its own command only scores the front page of a public site. This script requests any page on a port of this machine,
# and scores it with the Observatory's tests and weights.
SCORER = """
import { createRequire } from "node:module";
const dns = createRequire(import.meta.url)("node:dns");
dns.lookup = (name, options, done) =>
  options.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4);
const source = "./node_modules/@mdn/mdn-http-observatory/src/";
const { retrieve } = await import(source + "retriever/retriever.js");
const { ALL_TESTS } = await import(source + "constants.js");
const { getGradeForScore, getScoreModifier } = await import(source + "grader/grader.js");
const { MINIMUM_SCORE_FOR_EXTRA_CREDIT } = await import(source + "grader/charts.js");
const [name, httpPort, httpsPort, path] = process.argv.slice(2);
const answers = await retrieve(name, { httpPort, httpsPort, path });
const results = ALL_TESTS.map((test) => test(answers)).filter((each) => each.result);
const modifiers = results.map((each) => [each.constructor.name, each.result, getScoreModifier(each.result)]);
const lost = modifiers.reduce((sum, each) => sum + Math.min(each[2], 0), 100);
const all = modifiers.reduce((sum, each) => sum + each[2], 100);
const { grade, score } = getGradeForScore(lost >= MINIMUM_SCORE_FOR_EXTRA_CREDIT ? all : lost);
console.log(JSON.stringify({ status: answers.responses.auto?.status, grade, score, modifiers }));
"""
PAGES = {
    "home": "/",
    "search": "/clinics/?near=02139",
    "clinic": "{clinic}",
    "article": "/articles/why-a-return-to-use-is-not-the-end/",
    "log-in": "/account/login/",
    "sign-up": "/account/signup/",
}


def install() -> Path:
    folder = FOLDER / "node_modules" / "@mdn" / "mdn-http-observatory"
    if not folder.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        quiet = ["--silent", "--no-save", "--no-package-lock", "--ignore-scripts"]
        subprocess.run([program("npm"), "install", *quiet, "--prefix", str(FOLDER), PACKAGE], check=True)
    # The list of names that browsers preload: ours is not on it, and it would be fetched from another host.
    (folder / "conf" / "hsts-preload.json").write_text("{}")
    return folder


def score(production, path: str) -> dict:
    """{status, grade, score, modifiers: [[test, result, points]]} of a page."""
    script = FOLDER / "score.mjs"
    script.write_text(SCORER)
    trust = os.environ | {"NODE_EXTRA_CA_CERTS": str(production.folder / "etc" / "ca.pem")}
    command = [program("node"), str(script), NAME, str(production.plain_port), str(production.port), path]
    return json.loads(
        subprocess.run(command, env=trust, check=True, capture_output=True, text=True, cwd=FOLDER).stdout
    )


def main() -> None:
    install()
    missed = []
    with running_production() as production:
        [[number]] = production.database.rows("SELECT min(id) FROM clinics_clinic WHERE is_listed")
        clinic = production.client().get(f"/clinics/{number}/x/").headers["location"]
        for name, path in PAGES.items():
            found = score(production, path.format(clinic=clinic))
            print(f"{name:8} {found['status']}  {found['grade']:3} {found['score']}")
            if found["status"] != 200 or found["grade"] != "A+" or found["score"] < LEAST:
                missed += [f"{name}: {test} {result} {points:+}" for test, result, points in found["modifiers"]]
    print("\n".join(missed))
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
