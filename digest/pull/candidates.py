"""Addresses that may be a picture of an entry: which are none, which show the same, which suits a mail best."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

IDEAL_WIDTH = 1200  # pixels: a column of 600 on a screen of double density
UNKNOWN_WIDTH = 700  # what a picture without a size is taken for
LEAST_WIDTH, LEAST_HEIGHT = 80, 50  # smaller ones are icons

# How gladly mail clients show a format: Outlook knows neither WebP nor AVIF.
_FORMATS = {"image/jpeg": 1.0, "image/png": 1.0, "image/webp": 0.75, "image/avif": 0.7, "image/gif": 0.5}
_EXTENSIONS = {
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "jpe": "image/jpeg", "jfif": "image/jpeg", "png": "image/png",
    "webp": "image/webp", "avif": "image/avif", "gif": "image/gif", "svg": "image/svg+xml", "bmp": "image/bmp",
    "tif": "image/tiff", "tiff": "image/tiff", "heic": "image/heic", "ico": "image/x-icon",
    "mp4": "video/mp4", "m4v": "video/mp4", "mov": "video/quicktime", "webm": "video/webm", "m3u8": "video/hls",
    "swf": "application/x-shockwave-flash", "mp3": "audio/mpeg", "m4a": "audio/mp4", "ogg": "audio/ogg",
    "wav": "audio/wav", "aac": "audio/aac", "pdf": "application/pdf", "html": "text/html", "htm": "text/html",
}  # fmt: skip
_EXTENSION = re.compile(r"\.([a-z0-9]{2,4})(?:$|[!:@;?&%/])", re.IGNORECASE)

# Counters, share buttons, avatars, emoji, advertisements, placeholders.
_NOT_PICTURES = re.compile(
    r"""
    feeds\.feedburner\.com/~ | feedburner\.google | /~[rf]f?/ | feedsportal\.com | doubleclick\. | googlesyndication
    | google-analytics | googleadservices | \badserv | /adv?(?:s|ert(?:s|isements?)?)?/ | /banners?/ | taboola | outbrain
    | (?:^|[/.])(?:pixel|beacon|track(?:er|ing)?|counter|stats?|metrics|telemetry|analytics|piwik|matomo|ping)
        (?:[/.?]|\d*\.(?:gif|png))
    | scorecardresearch | quantserve | pheedo | rss\.buysellads | vgwort | ioam\.de | xiti\.com | /cnt/ | count(?:er)?\.(?:gif|png)
    | (?:^|[/_-])(?:spacer|blank|transparent|clear|1x1|0x0|pixel|dot|empty|nothing)\.(?:gif|png|jpe?g)
    | gravatar\.com | /avatars?/ | avatar[_-] | /(?:fav)?icons?/ | favicon | apple-touch-icon | /sprites? | /emojis?/ | smil(?:ey|ie)
    | s\.w\.org/images/core | /smilies/ | wp-includes/images
    | (?:^|[/_-])(?:share|tweet|retweet|facebook|twitter|linkedin|whatsapp|pinterest|reddit|rss|email|print|comments?|digg|delicious)
        (?:[_-](?:button|icon|logo|\d+))*\.(?:gif|png|jpe?g|svg)
    | place-?holder | no-?image | no_image | default[-_](?:image|picture|thumb|og|share) | image[-_]not[-_]available | lazy\.(?:gif|png)
    """,
    re.VERBOSE,
)
# One of these stands in every address that the pattern above finds; looking for them first is ten times faster.
_HINTS = (
    "feedburner", "/~", "feedsportal", "doubleclick", "syndication", "analytics", "/ad", "adserv", "banner", "taboola",
    "outbrain", "pixel", "beacon", "tracker", "tracking", "track.", "track/", "count", "stat.", "stats.", "stat/", "stats/", "metrics", "telemetry", "piwik", "matomo", "ping.", "ping/", "scorecard",
    "quantserve", "pheedo", "buysell", "vgwort", "ioam", "xiti", "/cnt/", "spacer", "blank.", "transparent.", "clear.", "1x1",
    "0x0", "dot.", "empty.", "nothing.", "avatar", "icon", "sprite", "emoji", "smil", "s.w.org", "wp-includes", "share", "tweet",
    "facebook", "twitter", "linkedin", "whatsapp", "pinterest", "reddit", "rss.", "rss_", "rss-", "buysellads", "email", "print", "comment", "digg",
    "delicious", "holder", "no-image", "noimage", "no_image", "default", "not-avail", "not_avail", "lazy",
)  # fmt: skip
_PIXELS = re.compile(r"\s*(\d{1,5})(?:\.\d+)?\s*(?:px)?\s*")
_SIZE_IN_NAME = re.compile(r"(?<!\d)(\d{2,4})x(\d{2,4})(?!\d)", re.IGNORECASE)
_WIDTH_IN_QUERY = re.compile(
    r"(?:^|&)(?:w|width|imwidth|maxwidth|wid|resize)=(\d{2,4})(?:\D|$)", re.IGNORECASE
)
_SIZE_WORDS = re.compile(
    r"[-_.@](?:\d{2,4}x\d{2,4}|\d{3,4}w?|small|medium|large|big|thumb(?:nail)?s?|full|original|scaled|[smlx]{1,3}|[234]x)(?=$|[-_.])",
    re.IGNORECASE,
)
_SIZE_SEGMENTS = re.compile(
    r"/(?:\d{2,4}x\d{2,4}|\d{2,4}|w\d{2,4}|thumbs?|small|medium|large|original|full)(?=/)", re.IGNORECASE
)


@dataclass(slots=True)
class Candidate:
    """One address with what its own element says about it. ``group`` joins forms of the same picture."""

    url: str
    group: str = ""
    caption: str = ""
    credit: str = ""
    alt: str = ""
    width: int | None = None
    height: int | None = None
    type: str = ""
    default: bool = False
    minor: bool = False  # stands for a programme or a channel rather than for the story

    def __post_init__(self) -> None:
        self.type = self.type.partition(";")[0].strip().lower() if "/" in self.type else ""
        if not self.type.startswith("image/") or self.type in {"image/*", "image/jpg", "image/pjpeg"}:
            self.type = media_type(self.url) or ("image/jpeg" if self.type else "")
        if self.width is None and self.height is None:
            self.width, self.height = _size_in(self.url)
        self.group = self.group or same_picture(self.url)


def pixels(written: str | None) -> int | None:
    """A width or height attribute in pixels, None for percentages, zero and nonsense."""
    found = _PIXELS.fullmatch(written) if written else None
    return int(found[1]) or None if found else None


def media_type(url: str) -> str:
    """The media type that an address's extension stands for, "" when it has none."""
    parts = urlsplit(url)
    names = [
        parts.path.rpartition("/")[2],
        *_EXTENSION.findall(parts.path[-40:]),
        unquote(parts.query).rpartition("/")[2],
    ]
    for name in names:
        found = _EXTENSION.findall(name if "." in name else f".{name}")
        for extension in reversed(found):
            if kind := _EXTENSIONS.get(extension.lower()):
                return kind
    return ""


def _size_in(url: str) -> tuple[int | None, int | None]:
    """The size that an address tells: …-600x400.jpg, ?w=600."""
    parts = urlsplit(url)
    if found := _WIDTH_IN_QUERY.search(parts.query):
        return int(found[1]), None
    sizes = [(int(w), int(h)) for w, h in _SIZE_IN_NAME.findall(parts.path)]
    return sizes[-1] if sizes else (None, None)


def same_picture(url: str) -> str:
    """A key that forms of one picture share: the path without its sizes."""
    parts = urlsplit(url)
    folder, _, name = parts.path.rpartition("/")
    stem, dot, _ = name.rpartition(".")
    stem = _SIZE_WORDS.sub("", stem if dot else name)
    if (
        len(stem) >= 12 and not stem.isdigit()
    ):  # telling enough to be the same on another host or in another folder
        return stem.lower()
    carried = parts.query if not media_type(parts.path) else ""  # image.php?id=7
    return f"{parts.netloc}{_SIZE_SEGMENTS.sub('', folder + '/')}{stem}?{carried}".lower()


def is_large(candidate: Candidate) -> bool:
    """Whether a form is of a kind for mail and not known to be as small as an icon."""
    width, height = candidate.width, candidate.height
    if (width is not None and width < LEAST_WIDTH) or (height is not None and height < LEAST_HEIGHT):
        return False
    return not candidate.type or candidate.type in _FORMATS


def is_picture(candidate: Candidate) -> bool:
    """Whether an address can be a picture of the story: no counter, button, avatar or advertisement."""
    url = candidate.url.lower()
    return not (any(hint in url for hint in _HINTS) and _NOT_PICTURES.search(url))


def fitness(candidate: Candidate) -> float:
    """How well a form of a picture suits a column of 600 px: wide enough, not wider, landscape, a format for mail."""
    width = float(candidate.width or (candidate.height or UNKNOWN_WIDTH * 2 / 3) * 3 / 2)
    score = width if width <= IDEAL_WIDTH else IDEAL_WIDTH - min(width - IDEAL_WIDTH, 4 * IDEAL_WIDTH) / 20
    score *= _FORMATS.get(candidate.type, 0.95)
    if candidate.width and candidate.height:
        score *= _shape(candidate.width / candidate.height)
    return score * (1.1 if candidate.default else 1.0)


def _shape(aspect: float) -> float:
    """What a shape is worth: the layouts are made for landscape."""
    if aspect < 0.9:
        return 0.6
    return 0.85 if aspect < 1.2 or aspect > 2.4 else 1.0
