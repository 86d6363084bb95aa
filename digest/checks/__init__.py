"""What can be checked of an edition before it goes out; pure. The desk shows it, ``digest check`` prints it."""

from digest.checks.draft import LEVELS, Draft, Finding, Level
from digest.checks.preflight import preflight
from digest.checks.size import Share, shares
from digest.checks.support import Clients, clients

__all__ = ["LEVELS", "Clients", "Draft", "Finding", "Level", "Share", "clients", "preflight", "shares"]
