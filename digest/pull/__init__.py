"""Feed -> Entry: fetch, parse, clean, pair pictures with captions; safe against hostile feeds."""

from digest.pull.discovery import Discovered, discover
from digest.pull.identity import Reconciled, reconcile
from digest.pull.run import Outcome, Pulled, pull
from digest.pull.sources import Source

__all__ = ["Discovered", "Outcome", "Pulled", "Reconciled", "Source", "discover", "pull", "reconcile"]
