"""The moment an edition is fixed: its mail, its memory and the state of its slot, all or nothing."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from digest.compose import memory
from digest.pipeline.build import Built
from digest.slots import Slot
from digest.store import editions
from digest.store import slots as ledger


def freeze_as(connection: sa.Connection, slot: Slot, built: Built, now: dt.datetime) -> Slot:
    """Fix ``built`` as what a claimed slot sends. Raises LostClaim when somebody else went on with it."""
    ready = ledger.advance(connection, slot, "built", now)
    remembered = memory(built.edition, built.stories)
    frozen = editions.freeze(connection, ready, built.edition, [built.mail], memory=remembered, now=now)
    editions.tell(connection, built.edition)
    return frozen
