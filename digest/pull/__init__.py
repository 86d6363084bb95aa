"""Feed -> Entry: fetch, parse, clean, pair pictures with captions; safe against hostile feeds."""

from digest.pull.run import Outcome, Pulled, pull
from digest.pull.sources import Source

__all__ = ["Outcome", "Pulled", "Source", "pull"]
