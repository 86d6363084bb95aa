"""Entry -> Story: which entries tell the same event, why, and which of them leads.

Everything here is pure and deterministic: the same entries give the same stories, in whatever order they come.
"""

from __future__ import annotations

from digest.group.api import Grouping, group, restrict, why

__all__ = ["Grouping", "group", "restrict", "why"]
