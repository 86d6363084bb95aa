"""Known holes in the locked versions, by pip-audit; what could not be looked up is no pass.

    python -m tools.audit requirements.lock

Ends with 0 when every version was looked up and none has a hole, with 1 when one has, and with 2 when the advisories
could not be read, whole or in part.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any


def told(report: str) -> tuple[list[str], list[str], int]:
    """The holes as lines, the versions nobody could look up, and how many were: out of pip-audit's JSON."""
    dependencies: list[dict[str, Any]] = json.loads(report)["dependencies"]
    holes = [
        f"{d['name']} {d['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or 'no version yet'}"
        for d in dependencies
        for hole in d.get("vulns", ())
    ]
    unknown = [d["name"] for d in dependencies if "skip_reason" in d]
    return holes, unknown, len(dependencies) - len(unknown)


def main() -> int:
    """Ask about every locked version; 1 when one has a known hole, 2 when some could not be looked up."""
    command = [
        sys.executable,
        "-m",
        "pip_audit",
        "--requirement",
        *sys.argv[1:],
        "--no-deps",
        "--disable-pip",
    ]
    ran = subprocess.run(
        [*command, "--format", "json", "--progress-spinner", "off"],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        holes, unknown, known = told(ran.stdout)
    except (ValueError, KeyError):
        reason = (ran.stderr.strip().splitlines() or ["pip-audit said nothing"])[-1]
        print(f"audit: the advisories could not be read: {reason}")
        print("Nothing was found out. It asks pypi.org: try again where that can be reached.")
        return 2
    print("\n".join(holes))
    print(f"audit: {known} versions looked up, {len(holes)} holes")
    if unknown:
        print(f"audit: {len(unknown)} versions could not be looked up: {', '.join(unknown[:8])} …")
        print("A mirror without advisories answers like this: try again where pypi.org can be reached.")
    return 1 if holes else 2 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
