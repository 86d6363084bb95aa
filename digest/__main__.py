"""``python -m digest`` is ``digest``."""

from __future__ import annotations

from digest.cli import main

main()
