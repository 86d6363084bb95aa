"""News sites on the loopback: pages that name a feed, feeds, and a page that names none."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ITEM = """<item><title>{title}</title><link>https://paper.example/{number}</link>
<guid>{number}</guid><description>{title}, in a sentence that is long enough to be one.</description>
<pubDate>Mon, 23 Nov 2026 0{number}:00:00 GMT</pubDate></item>"""
TITLES = (
    "Bridge opens after two years",
    "Fish market closes on Friday",
    "Harbour master retires",
    "Snow on the hills",
)
RSS = '<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title><language>{language}</language>{items}</channel></rss>'
PAGE = "<html><head><title>A site</title>{link}</head><body>News</body></html>"
LINK = '<link rel="alternate" type="application/rss+xml" href="/fr.xml" title="Le Quai">'


def feed(title: str, language: str) -> str:
    items = "".join(ITEM.format(title=text, number=number) for number, text in enumerate(TITLES, 1))
    return RSS.format(title=title, language=language, items=items)


BODIES = {
    "/fr.xml": ("application/rss+xml", feed("Le Quai", "fr")),
    "/de.xml": ("application/rss+xml", feed("Der Kai", "de")),
    "/site": ("text/html", PAGE.format(link=LINK)),
    "/two": ("text/html", PAGE.format(link=LINK + LINK.replace("fr.xml", "de.xml"))),
    "/nothing": ("text/html", PAGE.format(link="")),
}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        kind, body = BODIES.get(self.path, ("text/plain", ""))
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def news_site() -> Iterator[str]:
    """The address of the server while it runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
