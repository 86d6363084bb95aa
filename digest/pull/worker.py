"""The program of a parsing process: bodies to entries. Run as ``python -m digest.pull.worker MEGABYTES``."""

from __future__ import annotations

from digest.errors import ParseError
from digest.pull import wire
from digest.pull.child import serve
from digest.pull.parse import parse
from digest.pull.parsed import Origin, Parsed

_SAMPLE = b"<rss version='2.0'><channel><item><title>a &lt;b&gt;</title></item></channel></rss>"


def answer(header: bytes, body: bytes) -> bytes:
    """What a body says, or why it cannot be read, as JSON."""
    job = wire.job_from_json(header)
    try:
        return wire.parsed_to_json(_parsed(job, body))
    except ParseError as e:
        return wire.error_to_json(e)
    except MemoryError:
        error = ParseError(
            "The feed takes more memory than it may.", "See pull.parse_megabytes.", kind="memory"
        )
    except Exception as e:  # noqa: BLE001 - whatever a hostile feed finds in the libraries costs that feed alone
        error = ParseError(f"The feed could not be read ({type(e).__name__}).", kind="crash")
    return wire.error_to_json(error)


def _parsed(job: wire.Job, body: bytes) -> Parsed:
    return parse(
        body, job.origin, content_type=job.content_type, max_entries=job.max_entries, max_bytes=job.max_bytes
    )


if __name__ == "__main__":
    serve(answer, warm_up=lambda: parse(_SAMPLE, Origin("about:")))
