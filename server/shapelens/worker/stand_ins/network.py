"""The network: urllib, requests, httpx, sockets, and libraries that download data sets.

Replaced: every connection, by ``NotEvaluated`` with the address, which a program's ``except`` does not take for an
answer. Kept true: addresses of files and of data, which need no network.
"""

from __future__ import annotations

import functools
from typing import Any, Callable, NoReturn, Tuple

from ..contract import SkipReason
from ..unknown import NotEvaluated
from .model import StandIn
from .silent import nothing, refusing_module

_LOCAL = ("file:", "data:")


def refuse(address: Any) -> NoReturn:
    """Raise NotEvaluated for an address."""
    text = str(address)
    text = text if len(text) <= 80 else text[:77] + "..."
    raise NotEvaluated(SkipReason.NETWORK, f"{text} would be asked, and evaluations use no network.")


def _requests(sessions: Any) -> None:
    def request(self: Any, method: Any, url: Any, *_: Any, **__: Any) -> NoReturn:
        refuse(url)

    sessions.Session.request = request
    sessions.Session.send = lambda self, request, **_: refuse(getattr(request, "url", request))


def _urllib(request: Any) -> None:
    original: Callable[..., Any] = request.OpenerDirector.open

    @functools.wraps(original)
    def open(self: Any, fullurl: Any, *arguments: Any, **keywords: Any) -> Any:
        address = fullurl if isinstance(fullurl, str) else getattr(fullurl, "full_url", "")
        if address.startswith(_LOCAL) or ":" not in address:
            return original(self, fullurl, *arguments, **keywords)
        refuse(address)

    request.OpenerDirector.open = open


def _urllib3(connectionpool: Any) -> None:
    connectionpool.HTTPConnectionPool.urlopen = lambda self, method, url, *_, **__: refuse(f"{self.host}{url}")


def _httpx(httpx: Any) -> None:
    for kind in ("Client", "AsyncClient"):
        getattr(httpx, kind).send = lambda self, request, **_: refuse(request.url)


def _http(client: Any) -> None:
    client.HTTPConnection.connect = lambda self: refuse(self.host)


_DOWNLOADERS = "gdown kagglehub wget opendatasets kaggle pooch boto3 paramiko pytube yt_dlp roboflow".split()

_WOULD_DOWNLOAD = "`{what}` would download, and evaluations use no network."

STAND_INS: Tuple[StandIn, ...] = (
    StandIn("requests.sessions", _requests),
    StandIn("urllib.request", _urllib),
    StandIn("urllib3.connectionpool", _urllib3),
    StandIn("http.client", _http),
    StandIn("httpx", _httpx),
    *(StandIn(name, nothing, refusing_module(SkipReason.NETWORK, _WOULD_DOWNLOAD)) for name in _DOWNLOADERS),
)
