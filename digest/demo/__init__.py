"""The sample newsroom: fictional papers, their pictures, and the config that makes newsletters of them."""

from __future__ import annotations

from pathlib import Path

from digest.demo.press import demo_feeds, open_demo

__all__ = ["config_file", "demo_feeds", "open_demo"]


def config_file() -> Path:
    """The sample config.yaml: packaged in a wheel, at the top level in a checkout."""
    here = Path(__file__).resolve()
    packaged = here.with_name("config.yaml")
    return packaged if packaged.exists() else here.parents[2] / "config.yaml"
