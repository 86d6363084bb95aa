"""A folder in place of /, in which the shell's commands of the docs are run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.conftest import REPOSITORY

SYSTEMCTL = """\
#!/bin/sh
# In place of systemd, which does not run here: a unit that is named must be installed.
echo "$*" >> {root}/systemctl.log
for word in "$@"; do unit=$word; done
case "$unit" in daemon-reload) exit 0;; *.*) ;; *) unit="$unit.service";; esac
test -f "{root}/etc/systemd/system/$unit"
"""


def machine(root: Path) -> dict[str, str]:
    """The environment of a machine below ``root``: stand-ins for what only root and systemd can do, our wheel for pip."""
    stubs, wheels = root / "stubs", root / "wheels"
    (root / "etc" / "systemd" / "system").mkdir(parents=True)
    stubs.mkdir()
    for name, text in (("systemctl", SYSTEMCTL), ("useradd", "#!/bin/sh\nexit 0\n")):
        (stubs / name).write_text(text.format(root=root))
        (stubs / name).chmod(0o755)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels)]
    subprocess.run(build, cwd=REPOSITORY, check=True, capture_output=True)
    pip = {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_FIND_LINKS": str(wheels)}
    here = {"PATH": f"{stubs}:{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(root)}
    return here | pip | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def sh(script: str, env: dict[str, str], folder: Path = REPOSITORY) -> str:
    """What a script prints; it must end well."""
    done = subprocess.run(
        ["sh", "-eu"], input=script, text=True, env=env, cwd=folder, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def placed(script: str, root: Path) -> str:
    """The same for another root, and for whoever runs the tests."""
    script = re.sub(r"(?<![\w.])/(opt|etc|var)/", rf"{root}/\1/", script)
    return script.replace(" -o root -g digest", "")
