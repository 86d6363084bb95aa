"""A sending process that is there to be killed: recover, queue, send, say how it ended."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "deliver"))

from office import Office

from digest.config.settings import SmtpSettings
from digest.deliver.recover import recover
from digest.deliver.relays import Relays
from digest.deliver.report import Limits
from digest.store.engine import open_store


def main(folder: Path, port: int, connections: int) -> None:
    """Send the edition in ``folder`` until it is finished."""
    with open_store(f"sqlite:///{folder}/digest.sqlite3") as store:
        office = Office(store, folder, limits=Limits(flush=0.05, chunk=100))
        recover(folder / "journal", office.ledger, office.now)
        server = SmtpSettings(
            host="127.0.0.1",
            port=port,
            tls="none",
            connections=connections,
            timeout=dt.timedelta(seconds=30),
        )
        print("sending", flush=True)  # noqa: T201 - the harness waits for it
        summary = asyncio.run(office.send(Relays([server])))
        print("finished" if summary.finished else f"not finished: {summary}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
