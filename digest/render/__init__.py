"""render: Edition -> Mail, and the same edition as a page and in feeds."""

from __future__ import annotations

from digest.render.context import Links
from digest.render.mail import render
from digest.render.page import page

__all__ = ["Links", "page", "render"]
