"""From an edition's mails to what turns each person's values into bytes, signed where the config says so."""

from __future__ import annotations

from collections.abc import Sequence

from digest.config.settings import DkimSettings
from digest.deliver.letter import Press
from digest.deliver.splice import Splicer
from digest.model import Mail


def presses(mails: Sequence[Mail], dkim: DkimSettings | None) -> dict[str, Press]:
    """A press for each variant, in the order of ``mails``. Raises DeliveryError for a key that cannot be used."""
    if dkim is None:
        return {mail.variant: Splicer(mail) for mail in mails}
    from digest.deliver.dkim import SigningPress, load_signer  # cryptography takes 60 ms to import

    signer = load_signer(dkim)
    return {mail.variant: SigningPress(mail, signer) for mail in mails}
