"""Write docs/configuration.md and docs/commands.md anew, from the settings and the commands themselves."""

from __future__ import annotations

from pathlib import Path

from digest.cli.reference import commands
from digest.config.reference import reference

DOCS = Path(__file__).parent.parent / "docs"

(DOCS / "configuration.md").write_text(reference(), encoding="utf-8")
(DOCS / "commands.md").write_text(commands(), encoding="utf-8")
