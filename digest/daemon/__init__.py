"""`digest run`: what an operator leaves alone for a year."""

from digest.daemon.process import run

__all__ = ["run"]
