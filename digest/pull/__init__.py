"""Feed -> Entry: fetch, parse, clean, pair pictures with captions; safe against hostile feeds.

Names load when they are first used: a parsing process needs none of the network's parts.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from digest.pull.discovery import Discovered, discover
    from digest.pull.identity import Reconciled, reconcile
    from digest.pull.run import Outcome, Pulled, pull
    from digest.pull.sources import Source

__all__ = ["Discovered", "Outcome", "Pulled", "Reconciled", "Source", "discover", "pull", "reconcile"]

_HOMES = {
    "Discovered": "discovery",
    "Outcome": "run",
    "Pulled": "run",
    "Reconciled": "identity",
    "Source": "sources",
    "discover": "discovery",
    "pull": "run",
    "reconcile": "identity",
}


def __getattr__(name: str) -> Any:
    """A public name, from the module that holds it."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
