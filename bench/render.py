"""What a mail costs: one variant of a 30-story edition, and one more subscriber, beside the usual ways.

``python -m bench.render`` prints a table; ``--json`` the figures alone. css-inline comes with the extra
``bench`` and is left out, with a line that says so, when it is not installed.
"""

from __future__ import annotations

import argparse
import email.policy
import json
import logging
import platform
import statistics
import time
from collections.abc import Callable
from email.message import EmailMessage

from digest.deliver.splice import Splicer
from digest.model import Token
from digest.render import render
from digest.render.context import SITE as LINKS
from digest.render.inline import inline
from digest.render.mail import values
from digest.render.placeholders import Placeholders, derive
from digest.render.present import present
from digest.render.templates import fill
from digest.render.text import plain
from digest.render.words import words
from tests.render.newsroom import KEY, SITE, large, newsletter

STORIES = 30
PERSON: dict[Token, str] = {
    "to": "anna@reader.example",
    "message_id": "moselle.2026-11-23.evening.x7Kq2@moselle.example",
    "unsubscribe_url": "https://moselle.example/u/Zt3kQ9wX2bL7mPq",
    "unsubscribe_mailto": "mailto:leave+Zt3kQ9wX2bL7mPq@moselle.example",
    "preferences_url": "https://moselle.example/p/Zt3kQ9wX2bL7mPq",
}


def median(work: Callable[[], object], times: int) -> float:
    """Seconds, the median of ``times`` runs after one that does not count."""
    work()
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken)


def source() -> tuple[str, str]:
    """The edition as HTML before inlining, and as text."""
    edition, news = large(STORIES), newsletter()
    marks = Placeholders(derive(KEY, "placeholder", edition.id))
    context = present(edition, news, site_url=SITE, links=LINKS, marks=marks)
    return fill(None, "en", "mail/front-page.html", values(context)), plain(context, words("en"))


def naive_inline(html: str) -> str:
    """HTML inlined by premailer as its documentation shows it, default settings but for the cache."""
    import premailer

    return str(premailer.Premailer(html, cssutils_logging_level=logging.CRITICAL).transform())


def css_inline_of(html: str) -> str | None:
    """The same by css-inline, None when it is not installed."""
    try:
        import css_inline
    except ImportError:
        return None
    return str(css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False).inline(html))


def message(html: str, text: str) -> bytes:
    """One subscriber's message as most programs build it."""
    mail = EmailMessage(policy=email.policy.SMTP.clone(max_line_length=998))
    mail["From"] = "The Moselle Evening <news@moselle.example>"
    mail["To"] = PERSON["to"]
    mail["Subject"] = "Lake ministers part after eight hours"
    mail["Message-ID"] = f"<{PERSON['message_id']}>"
    mail.set_content(text, cte="quoted-printable")
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    return mail.as_bytes()


def measure() -> dict[str, float | None]:
    """Every figure in seconds, sizes in bytes."""
    html, text = source()
    edition, news = large(STORIES), newsletter()
    mail = render(edition, news, site_url=SITE, key=KEY)
    splicer = Splicer(mail)
    figures: dict[str, float | None] = {
        "one variant": median(lambda: render(edition, news, site_url=SITE, key=KEY), 15),
        "of which premailer": median(lambda: inline(html), 15),
        "premailer, default settings": median(lambda: naive_inline(html), 5),
        "css-inline": median(lambda: css_inline_of(html), 30) if css_inline_of(html) else None,
        "one subscriber: segments joined": median(lambda: splicer.message(PERSON), 5000),
        "one subscriber: EmailMessage": median(lambda: message(mail.html, text), 10),
    }
    figures["one subscriber: premailer and EmailMessage"] = (figures["premailer, default settings"] or 0) + (
        figures["one subscriber: EmailMessage"] or 0
    )
    figures["HTML bytes"] = float(mail.html_bytes)
    figures["message bytes"] = float(len(splicer.message(PERSON)))
    return figures


def shown(name: str, figure: float | None) -> str:
    """A figure in the unit that fits it."""
    if figure is None:
        return "not installed: pip install 'newsdigest[bench]'"
    if name.endswith("bytes"):
        return f"{figure:,.0f}"
    return f"{figure * 1e6:,.1f} µs" if figure < 1e-3 else f"{figure * 1e3:,.1f} ms"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="the figures alone")
    options = parser.parse_args()
    figures = measure()
    if options.json:
        print(json.dumps(figures))
        return
    print(f"{STORIES} stories with pictures · Python {platform.python_version()} · {platform.machine()}\n")
    for name, figure in figures.items():
        print(f"{name:44} {shown(name, figure)}")


if __name__ == "__main__":
    main()
