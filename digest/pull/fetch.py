"""One address to one body over HTTP: conditional, bounded in time and size, redirected by hand, guarded at every hop."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urljoin, urlsplit

import aiohttp
from yarl import URL

from digest.config.settings import PullSettings
from digest.errors import FetchError
from digest.pull import guard, links
from digest.pull.inflate import ACCEPTED, Inflater, TooLargeError

FEEDS = (
    "application/rss+xml, application/atom+xml, application/rdf+xml, application/feed+json, application/xml;q=0.9,"
    " text/xml;q=0.9, application/json;q=0.8, text/html;q=0.7, */*;q=0.5"
)
_KEPT = ("etag", "last-modified", "cache-control", "expires", "age", "date", "retry-after", "content-type")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})


@dataclass(frozen=True, slots=True)
class Response:
    """What came back: 200 with a body, 304 without, or 410."""

    url: str  # where it came from in the end
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)  # lower-case names, only those that matter here
    moved_to: str = ""  # where permanent redirects, and only those, led


@dataclass(frozen=True, slots=True)
class Validators:
    """What the server gave us to ask "is there anything new" with, and the address it is for."""

    url: str = ""
    etag: str = ""
    last_modified: str = ""

    def headers(self, url: str) -> dict[str, str]:
        """The conditional headers for a request to ``url``, verbatim as the server sent them."""
        if url != self.url:
            return {}
        given = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in given.items() if value}


NO_VALIDATORS = Validators()


class HttpError(FetchError):
    """A status that is no answer. ``retry_after`` is the header as written."""

    def __init__(self, status: int, host: str, retry_after: str = "") -> None:
        words = {
            401: "asks for a password",
            403: "refuses us",
            404: "has no such page",
            429: "is asked too often",
        }
        advice = {404: "Check the address.", 403: "Set pull.user_agent to say who you are."}
        super().__init__(
            f"{host} {words.get(status, 'fails')} (HTTP {status}).", advice.get(status, ""), kind="http"
        )
        self.status = status
        self.retry_after = retry_after


class Client:
    """An HTTP client for hostile places; use it as an async context. One for a whole pull."""

    def __init__(self, settings: PullSettings, user_agent: str) -> None:
        self._settings = settings
        self._user_agent = user_agent
        self._resolver: guard.GuardedResolver | None = None
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        private = self._settings.allow_private
        self._resolver = guard.GuardedResolver(
            allow_private=private, threads=min(self._settings.concurrency, 32)
        )
        connector = aiohttp.TCPConnector(
            limit=self._settings.concurrency,
            limit_per_host=self._settings.per_host,
            resolver=self._resolver,
            socket_factory=guard.guarded_socket(allow_private=private),
            ttl_dns_cache=60,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            headers={"User-Agent": self._user_agent, "Accept-Encoding": ACCEPTED},
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=None
            ),  # one deadline for everything: see get()
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,  # a proxy in the environment would make every check above worthless
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session:
            await self._session.close()
        if self._resolver:
            await self._resolver.close()

    async def get(
        self,
        url: str,
        validators: Validators = NO_VALIDATORS,
        *,
        limit: int = 0,
        accept: str = FEEDS,
        first: int = 0,
    ) -> Response:
        """The body at ``url``, at most ``limit`` bytes of it once inflated (default: ``max_bytes``).

        With ``first``, only its beginning, of about so many bytes.
        Raises FetchError for everything else, after at most ``timeout`` seconds in all.
        """
        seconds = self._settings.timeout.total_seconds()
        try:
            async with asyncio.timeout(seconds):
                return await self._follow(url, validators, limit or self._settings.max_bytes, accept, first)
        except TimeoutError as e:
            raise FetchError(f"{_host(url)} takes more than {seconds:g} s to answer.", kind="timeout") from e
        except (aiohttp.ClientError, OSError, ValueError) as e:
            raise _explained(e, url) from e

    async def _follow(
        self, url: str, validators: Validators, limit: int, accept: str, first: int
    ) -> Response:
        """The response at the end of the redirects."""
        url, secret = _credentials(url)
        origin, moved_to, permanent = _origin(url), "", True
        for _ in range(self._settings.max_redirects + 1):
            url = guard.check_url(url, allow_private=self._settings.allow_private)
            headers = {"Accept": accept, **validators.headers(url)}
            if secret and _origin(url) == origin:  # never to another host, nor over a weaker scheme
                headers["Authorization"] = secret
            response = await self._once(url, headers, limit, first)
            if isinstance(response, Response):
                return Response(response.url, response.status, response.body, response.headers, moved_to)
            status, location = response
            url = urljoin(url, location)
            permanent = (
                permanent and status in _PERMANENT and not secret
            )  # the new address would be asked without it
            if permanent:
                moved_to = links.absolute(url)
        raise FetchError(
            f"{_host(url)} redirects more than {self._settings.max_redirects} times.", kind="redirects"
        )

    async def _once(
        self, url: str, headers: Mapping[str, str], limit: int, first: int
    ) -> Response | tuple[int, str]:
        """One request: a response, or the status and target of a redirect."""
        assert self._session
        async with self._session.get(
            URL(url, encoded=True), headers=headers, allow_redirects=False
        ) as answer:
            kept = {name: value for name in _KEPT if _is_text(value := answer.headers.get(name, ""))}
            if answer.status in _REDIRECTS and (location := answer.headers.get("Location")):
                return answer.status, location
            if answer.status in {304, 410}:
                return Response(url, answer.status, headers=kept)
            if not 200 <= answer.status < 300:
                raise HttpError(answer.status, _host(url), kept.get("retry-after", ""))
            return Response(url, 200, await self._body(answer, limit, first), kept)

    async def _body(self, answer: aiohttp.ClientResponse, limit: int, first: int) -> bytes:
        encodings = answer.headers.get("Content-Encoding", "")
        if not encodings and (answer.content_length or 0) > limit:
            raise TooLargeError(limit)
        inflater = Inflater(encodings, limit)
        parts: list[bytes] = []
        async for chunk in answer.content.iter_any():
            parts.append(inflater.feed(chunk))
            if first and sum(map(len, parts)) >= first:
                answer.close()  # the rest is not wanted
                break
        return b"".join(parts)


def _is_text(value: str) -> bool:
    """Whether a header says something that can be written down: bytes that are no UTF-8 come as lone surrogates."""
    return bool(value) and value.replace("\t", " ").isprintable()


def _credentials(url: str) -> tuple[str, str]:
    """The address without its credentials, and these as an Authorization header, "" for none."""
    parts = urlsplit(url)
    given, at, host = parts.netloc.rpartition("@")
    if not at:
        return url, ""
    user, _, password = given.partition(":")
    pair = base64.b64encode(f"{unquote(user)}:{unquote(password)}".encode()).decode("ascii")
    return parts._replace(netloc=host).geturl(), f"Basic {pair}"


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _host(url: str) -> str:
    return urlsplit(links.shown(url)).netloc or "the feed's host"


def _explained(error: Exception, url: str) -> FetchError:
    """What went wrong on the network, in words. The library's own may hold the whole address, password and all."""
    host = _host(url)
    cause = getattr(error, "os_error", None) or error.__cause__
    if isinstance(error, guard.RefusedError) or isinstance(cause, guard.RefusedError):
        return guard.refusal(host)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return FetchError(
            f"The name {host} is not known.", "Check the address, or the network's DNS.", kind="dns"
        )
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return FetchError(f"{host} has no valid certificate.", kind="tls")
    if isinstance(error, aiohttp.ClientConnectionError) and not isinstance(
        error, aiohttp.ServerDisconnectedError
    ):
        return FetchError(f"{host} cannot be reached.", kind="connect")
    return FetchError(f"{host} breaks off or does not speak HTTP.", kind="protocol")
