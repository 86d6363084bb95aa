"""Story -> Edition: choosing, ranking, sections, the memory of earlier editions, the editor's decisions; pure.

``compose`` makes the edition: it reads a ``newslist``, which is kept where many decisions follow each other, and
makes of it and the decisions what is ``decided``. ``memory`` is what is remembered of an edition once sent. The
values of decisions are defined in ``digest.compose.decisions``, the rules of ranking in ``docs/front-page.md``.
"""

from digest.compose.edition import compose, decided
from digest.compose.newslist import Newslist, newslist
from digest.compose.recall import memory

__all__ = ["Newslist", "compose", "decided", "memory", "newslist"]
