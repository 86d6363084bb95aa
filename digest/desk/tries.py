"""Wrong passwords at the desk: how many may come from one place, and from all of them together."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import dataclass, field

from digest.site.limits import line

WITHIN = dt.timedelta(minutes=15)
FOR_A_NAME = 5  # from one place
FROM_A_PLACE = 20  # whatever the names: colleagues share an address
IN_ALL = 200  # from many places at once; then only places that an editor has signed in from are heard


@dataclass(slots=True)
class Tries:
    """Who gave a wrong password in the last quarter of an hour, and where the right ones came from."""

    _wrong: list[tuple[dt.datetime, str, str]] = field(default_factory=list)  # when, name, place
    _good: set[str] = field(default_factory=set)  # places
    _alone: threading.Lock = field(default_factory=threading.Lock)  # requests are answered in several threads

    def barred(self, name: str, client: str, now: dt.datetime) -> bool:
        """Whether too many wrong passwords came for that name, from there, or from everywhere."""
        place = line(client)
        with self._alone:
            self._wrong = [one for one in self._wrong if now - one[0] < WITHIN]
            here = [wrong for _, wrong, where in self._wrong if where == place]
            crowd = len(self._wrong) >= IN_ALL and place not in self._good
        return crowd or len(here) >= FROM_A_PLACE or here.count(_short(name)) >= FOR_A_NAME

    def wrong(self, name: str, client: str, now: dt.datetime) -> None:
        """A password was wrong, or the name was."""
        with self._alone:
            self._wrong.append((now, _short(name), line(client)))

    def right(self, name: str, client: str) -> None:
        """The right one came."""
        place = line(client)
        with self._alone:
            self._wrong = [one for one in self._wrong if one[1:] != (_short(name), place)]
            self._good.add(place)


def _short(name: str) -> str:
    """As much of a name as any editor's is long: what strangers send is remembered for a while."""
    return name[:63]
