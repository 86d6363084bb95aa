"""How Sphinx makes the site: `make docs`. The pages are plain Markdown, and read as well without it."""

from __future__ import annotations

import re
from pathlib import Path

from pygments.lexers import BashLexer
from sphinx.application import Sphinx

project = "digest"
author = "the digest authors"
version = release = re.findall(
    r'__version__ = "(.+)"', (Path(__file__).parent.parent / "digest" / "__init__.py").read_text()
)[0]

extensions = ["myst_parser", "sphinx_copybutton"]
source_suffix = {".md": "markdown"}
nitpicky = True  # a reference that leads nowhere is a warning, and a warning is an error
myst_heading_anchors = 3  # links to headings, as GitHub makes them
myst_links_external_new_tab = False
suppress_warnings = [
    "misc.highlighting_failure",  # JSON and YAML with an ellipsis in them
]
html_theme = "furo"
html_title = "digest"
html_show_sphinx = False
html_copy_source = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#9B1C1C", "color-brand-content": "#9B1C1C"},
    "dark_css_variables": {"color-brand-primary": "#FF9B8F", "color-brand-content": "#FF9B8F"},
}
man_pages = [("commands", "digest", "news feeds in, a newsletter out", "", 1)]
pygments_style = "friendly"
pygments_dark_style = "monokai"


def setup(app: Sphinx) -> None:
    """Colour blocks of our own commands as a shell's."""
    app.add_lexer("digest", BashLexer)
