"""One connection after another, one letter after another, until there is nothing left."""

from __future__ import annotations

from digest.deliver.flow import Flow
from digest.deliver.letter import Letter
from digest.deliver.outcome import Outcome, Reply
from digest.deliver.transport import Session, Transport, UnreachableError
from digest.errors import DeliveryError


class Lane:
    """One of the connections that send at once."""

    def __init__(self, flow: Flow, transport: Transport) -> None:
        self.flow = flow
        self.transport = transport
        self._session: Session | None = None

    async def drive(self) -> None:
        """Send until the run is over."""
        try:
            letter = await self.flow.next()
            while letter is not None:
                letter = await self._send(letter) or await self.flow.next()
        finally:
            await self._hang_up()
            self.flow.changed.set()

    async def _send(self, letter: Letter) -> Letter | None:
        """Send a letter; the one after it when that is already announced to the server."""
        following: Letter | None = None
        try:
            if self._session is None:
                self._session = await self.transport.connect()
            following = self.flow.another() if self._session.announces else None
            outcome = await self._session.send(letter, self.flow.journal, following)
        except DeliveryError as error:
            await self._trouble(error, letter, following)
            return None
        self.flow.note(letter.recipient, outcome)
        if outcome.usable and not self.flow.over:
            return following
        await self._hang_up()
        self._put_back(following)
        await self.flow.after_loss(outcome)
        return None

    async def _trouble(self, error: DeliveryError, *letters: Letter | None) -> None:
        """No connection, or something only a person can mend: the letters wait."""
        await self._hang_up()
        self._put_back(*letters)
        if isinstance(error, UnreachableError):
            await self.flow.after_loss(Outcome("again", Reply(0, str(error)), usable=False))
        else:
            self.flow.end(str(error))

    def _put_back(self, *letters: Letter | None) -> None:
        for letter in letters:
            if letter is not None:
                self.flow.put_back(letter.recipient)

    async def _hang_up(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()
