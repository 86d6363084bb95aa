"""News feeds in, stories grouped, a newsletter out, twice a day."""

__version__ = "0.1.0"
