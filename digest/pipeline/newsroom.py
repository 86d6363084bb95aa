"""One installation at work: its config, its newsletters, its store, its key and its clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from digest import __version__
from digest.config.load import Loaded, newsletters
from digest.config.newsletter import Newsletter
from digest.config.settings import Config
from digest.deliver.book import Book
from digest.demo.press import open_demo
from digest.model import Feed
from digest.store.engine import Store, open_store
from digest.tokens import Keyring, load_key, make_key_file

if TYPE_CHECKING:
    from digest.pull import Source

Clock = Callable[[], dt.datetime]
Stage = Literal["pull", "group", "compose", "render", "deliver"]


def unwatched(_stage: Stage) -> AbstractContextManager[None]:
    """Nobody looks on."""
    return nullcontext()


@dataclass(frozen=True, slots=True)
class Newsroom:
    """What the stages are given: everything that outlasts one edition."""

    config: Config
    folder: Path  # relative paths of the config start here
    newsletters: Mapping[str, Newsletter]
    store: Store
    keys: Keyring
    clock: Clock
    book: Book = field(default_factory=Book)  # what editions that go out at once in this process share
    stage: Callable[[Stage], AbstractContextManager[None]] = unwatched  # entered for as long as a stage works

    @property
    def feeds(self) -> tuple[Feed, ...]:
        """Every feed that a newsletter reads, each once."""
        return tuple({feed.url: feed for n in self.newsletters.values() for feed in n.feeds}.values())

    def chosen(self, feeds: Iterable[Feed] | None) -> tuple[Feed, ...]:
        """``feeds``, or every feed where None are named."""
        return self.feeds if feeds is None else tuple(feeds)

    @property
    def sources(self) -> Mapping[str, Source]:
        """Where addresses that are not on the web come from."""
        return {"demo": open_demo}

    @property
    def user_agent(self) -> str:
        """How we introduce ourselves to feeds' servers."""
        site = self.config.site.url
        return self.config.pull.user_agent or f"digest/{__version__}" + (f" (+{site})" if site else "")

    @property
    def template_dir(self) -> Path | None:
        """The publisher's own templates, None without."""
        return self.path(self.config.template_dir) if self.config.template_dir else None

    def path(self, name: str) -> Path:
        """A path of the config, absolute."""
        return (self.folder / name).resolve()


def clock_of(config: Config) -> Clock:
    """The real clock, or the pinned one of the sample newsroom."""
    pinned = config.demo.now
    if pinned is None:
        return lambda: dt.datetime.now(dt.UTC)
    return lambda: pinned.astimezone(dt.UTC)


@contextmanager
def open_newsroom(loaded: Loaded, *, clock: Clock | None = None) -> Iterator[Newsroom]:
    """Open the store and the key file of a loaded config; the key is made when there is none yet."""
    config, folder = loaded.config, loaded.folder
    key_file = (folder / config.site.secret_file).resolve()
    keys = load_key(key_file) if key_file.exists() else make_key_file(key_file)
    with open_store(database_url(config.database, folder)) as store:
        yield Newsroom(config, folder, newsletters(config, folder), store, keys, clock or clock_of(config))


def database_url(url: str, folder: Path) -> str:
    """A relative SQLite path starts at the config's folder."""
    scheme, separator, path = url.partition(":///")
    if not separator or not scheme.startswith("sqlite") or path.startswith("/"):
        return url
    return f"{scheme}:///{(folder / path).resolve()}"
