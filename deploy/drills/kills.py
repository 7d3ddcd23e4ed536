"""`make drill-kills`: kill -9 during an import, a submission, a payment event, a comment and geocoding.

At ten statements of each (tests/kills/). After each death the sender sends again and the jobs continue; the state must
be that of a run which nobody disturbs.
"""

import os
import subprocess
import sys

if __name__ == "__main__":
    command = [sys.executable, "-m", "pytest", "tests/kills", "-n", "0", "-s", "-p", "no:randomly"]
    sys.exit(subprocess.run(command, env=os.environ | {"EXAMPLES": "10"}, check=False).returncode)
