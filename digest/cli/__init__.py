"""The command line: parse, call one function, print."""

from __future__ import annotations

from digest.cli.frame import main

__all__ = ["main"]
