"""Story -> Edition: choosing, ranking, sections, the memory of earlier editions, the editor's decisions; pure.

``compose`` makes the edition, ``memory`` what is remembered of it once sent. The values of decisions are defined
in ``digest.compose.decisions``, the rules of ranking in ``docs/front-page.md``.
"""

from digest.compose.edition import compose
from digest.compose.recall import memory

__all__ = ["compose", "memory"]
