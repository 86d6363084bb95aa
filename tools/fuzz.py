"""Coverage-guided fuzzing with atheris: `python -m tools.fuzz feed --seconds 3600`.

Targets and what must hold of them are in tests/fuzz/targets.py. What it finds goes to tests/fuzz/corpus/TARGET as
small as libFuzzer can make it, where the suite tries it again for ever; inputs that only reached new code are kept
in a folder of your own with --keep.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

CORPUS = Path(__file__).parent.parent / "tests" / "fuzz" / "corpus"
INSTRUMENTED = {  # what decodes pictures is in C: there the way into it leads
    "feed": ["digest", "feedparser"],
    "words": ["digest"],
    "bounce": ["digest", "email"],
    "picture": ["digest.pull.darkroom", "PIL"],
}
WORDS = (  # what no mutation finds by itself
    "<rss version=", "<channel>", "<item>", "<entry>", "<title>", "<description>", "<link>", "<guid>", "<media:content url=", "<media:credit>",
    "<content:encoded>", "<![CDATA[", "]]>", "<!DOCTYPE", "<!ENTITY", "&#x", "&lt;", "xmlns=", "xml:base=", "http://www.w3.org/2005/Atom",
    "type='html'", "type='xhtml'", "javascript:", "https://", "<img src=", "srcset=", "<figure>", "<figcaption>", "\\xef\\xbb\\xbf", "\\xff\\xfe",
    "Content-Type: multipart/report; report-type=delivery-status; boundary=", "message/delivery-status", "Status: 5.1.1", "Action: failed",
    "Final-Recipient: rfc822;", "Diagnostic-Code: smtp; 550", "message/feedback-report", "Feedback-Type: abuse", "MAILER-DAEMON", "Subject: ", "To: ",
)  # fmt: skip


def main() -> None:
    """Fuzz one target until its seconds are over; what it finds is kept, and is an error."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("target", choices=tuple(INSTRUMENTED))
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--keep", type=Path, help="a folder for inputs that reached new code")
    parser.add_argument("--found", type=Path, help="where to put what it finds (default: the corpus)")
    parser.add_argument("--longest", type=int, default=4_096, help="bytes of an input")
    parser.add_argument("--seed", type=int, default=0, help="0 is another one each time")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        fuzz(options, Path(name))


def fuzz(options: argparse.Namespace, folder: Path) -> None:
    """Run until the time is over, or something is found; atheris ends the process itself."""
    import atheris

    with atheris.instrument_imports(include=INSTRUMENTED[options.target], enable_loader_override=False):
        import feedparser  # noqa: F401 - the parsers are imported when first needed: here, to be instrumented
        from PIL import AvifImagePlugin, GifImagePlugin, JpegImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401

        from tests.fuzz.targets import TARGETS
    own = CORPUS / options.target
    own.mkdir(parents=True, exist_ok=True)
    kept = options.keep or folder / "kept"
    kept.mkdir(parents=True, exist_ok=True)
    dictionary = folder / "words"
    dictionary.write_text("".join(f'"{word}"\n' for word in WORDS if '"' not in word), encoding="ascii")
    atheris.Setup(
        [
            sys.argv[0], f"-max_total_time={options.seconds}", f"-max_len={options.longest}", f"-artifact_prefix={options.found or own}/found-", "-timeout=10",
            "-rss_limit_mb=1500", f"-dict={dictionary}", f"-seed={options.seed}", "-print_final_stats=1", "-verbosity=1", str(kept), str(own),
        ],
        TARGETS[options.target],
    )  # fmt: skip
    atheris.Fuzz()


if __name__ == "__main__":
    main()
