"""The ASGI application: ``/live`` is a stream of events, ``/healthz`` says that it runs."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import parse_qs

from django.db import DatabaseError

from xiancheng.site.jobs.companions import LIVE, SIGN_SECONDS, sign_of_life
from xiancheng.site.live.admission import (
    Credentials,
    allowed_origin,
    credentials_of,
    decoded,
    in_database,
    subject_behind,
)
from xiancheng.site.live.feed import Feed, Message, since
from xiancheng.site.live.hub import END, RELOAD, Hub, Watcher

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Result = TypeVar("Result")

logger = logging.getLogger(__name__)
POLL_SECONDS = 0.3
ALIVE_SECONDS = 15.0
RECHECK_SECONDS = 30.0
LAST_WORDS_SECONDS = 5.0
MOST_WATCHERS = 5000
RETRY = b"retry: 2000\n\n"


class Live:
    """The application and the loop that feeds it.

    Parameters
    ----------
    site_port
        Port of the site, whose pages may watch.
    recheck_seconds
        How often a watcher's session and rights are looked up again.
    """

    def __init__(self, site_port: int, recheck_seconds: float = RECHECK_SECONDS) -> None:
        self.site_port = site_port
        self.recheck_seconds = recheck_seconds
        self.hub = Hub()
        self.feed: Feed | None = None
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="database")
        self._poller = ThreadPoolExecutor(1, thread_name_prefix="poll")

    async def run(self, stopped: asyncio.Event) -> None:
        """Feed the watchers until `stopped`, then let them all go."""
        loop, signed = asyncio.get_running_loop(), float("-inf")
        while not stopped.is_set():
            pause = POLL_SECONDS
            try:
                if self.feed is None:
                    self.feed = await loop.run_in_executor(self._poller, in_database, Feed)
                self.hub.spread(await loop.run_in_executor(self._poller, in_database, self.feed.poll))
                if loop.time() - signed > SIGN_SECONDS:
                    signed = loop.time()
                    await loop.run_in_executor(self._poller, in_database, lambda: sign_of_life(LIVE))
            except DatabaseError:
                logger.exception("the events cannot be read")
                pause = 5.0
            try:
                await asyncio.wait_for(stopped.wait(), pause)
            except TimeoutError:
                continue
        self.hub.finish(b"")
        for _ in range(100):
            if not self.hub.watchers:
                break
            await asyncio.sleep(0.02)
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._poller.shutdown(wait=False, cancel_futures=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        headers = decoded(scope["headers"])
        origin = allowed_origin(headers, self.site_port)
        common = [(b"vary", b"Origin"), (b"cache-control", b"no-store")]
        if origin:
            common.append((b"access-control-allow-origin", origin.encode()))
            common.append((b"access-control-allow-credentials", b"true"))
        if scope["path"] == "/healthz":
            await _answer(send, 200, b'{"status":"ok","watchers":%d}' % len(self.hub.watchers), common)
        elif scope["path"] != "/live":
            await _answer(send, 404, b'{"status":404}', common)
        elif origin is None:
            await _answer(send, 403, b'{"status":403}', common)
        elif scope["method"] == "OPTIONS":
            allowed = [(b"access-control-allow-headers", b"Authorization, Last-Event-ID")]
            await _answer(send, 204, b"", [*common, *allowed])
        elif scope["method"] != "GET":
            await _answer(send, 405, b'{"status":405}', [*common, (b"allow", b"GET")])
        else:
            await self._watch(scope, headers, common, receive, send)

    async def _watch(
        self, scope: Scope, headers: dict[str, str], common: list[tuple[bytes, bytes]], receive: Receive, send: Send
    ) -> None:
        credentials = credentials_of(headers)
        try:
            subject = await self._ask(lambda: subject_behind(credentials))
        except DatabaseError:
            logger.exception("a watcher cannot be admitted")
            await _answer(send, 503, b'{"status":503}', common)
            return
        if subject is None:
            await _answer(send, 401, b'{"status":401}', [*common, (b"www-authenticate", b'Bearer realm="xiancheng"')])
            return
        if len(self.hub.watchers) >= MOST_WATCHERS or self.feed is None:
            await _answer(send, 503, b'{"status":503}', [*common, (b"retry-after", b"5")])
            return
        kind = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"x-accel-buffering", b"no")]
        await send({"type": "http.response.start", "status": 200, "headers": [*common, *kind]})
        watcher = Watcher(subject)
        # From here on nothing is missed: what comes while older events are looked up waits behind them.
        self.hub.watchers.add(watcher)
        try:
            await self._stream(watcher, credentials, _resumed_from(scope, headers), receive, send)
        finally:
            self.hub.watchers.discard(watcher)

    async def _stream(
        self, watcher: Watcher, credentials: Credentials, last: int | None, receive: Receive, send: Send
    ) -> None:
        tasks = [
            asyncio.ensure_future(self._send(watcher, await self._missed(watcher, last), send)),
            asyncio.ensure_future(self._recheck(watcher, credentials)),
            asyncio.ensure_future(_gone(receive)),
        ]
        try:
            await asyncio.wait({tasks[0], tasks[2]}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _missed(self, watcher: Watcher, last: int | None) -> bytes:
        """Return what somebody who comes again did not hear, or that they must load everything."""
        floor = self.feed.floor if self.feed is not None else 0
        if last is None:
            return RETRY + b"id: %d\nevent: begin\ndata: {}\n\n" % floor
        messages = await self._ask(lambda: since(last, floor))
        if messages is None:
            return RETRY + b"id: %d\n" % floor + RELOAD
        heard = _permitted(watcher, messages)
        return RETRY + heard + b"id: %d\nevent: begin\ndata: {}\n\n" % floor

    async def _send(self, watcher: Watcher, first: bytes, send: Send) -> None:
        body = first
        while True:
            if body:
                await send({"type": "http.response.body", "body": body, "more_body": True})
            if watcher.last_words is not None:
                break
            body = await watcher.take(ALIVE_SECONDS)
            if not body and watcher.last_words is None and self.feed is not None:
                # Also moves on the number that the browser would resume from.
                body = b": alive\nid: %d\n\n" % self.feed.floor
        await asyncio.wait_for(
            send({"type": "http.response.body", "body": watcher.last_words, "more_body": False}), LAST_WORDS_SECONDS
        )

    async def _recheck(self, watcher: Watcher, credentials: Credentials) -> None:
        """End a stream whose session has ended; let one whose rights changed begin anew with the new ones."""
        while watcher.last_words is None:
            # Not all at once: after a restart all watchers come in the same second.
            await asyncio.sleep(self.recheck_seconds * random.uniform(0.8, 1.0))  # noqa: S311 - spreads load
            try:
                subject = await self._ask(lambda: subject_behind(credentials))
            except DatabaseError:
                logger.warning("a watcher's rights could not be checked", exc_info=True)
                continue
            if subject is None:
                watcher.finish(END)
            elif subject != watcher.subject:
                watcher.finish(RELOAD)

    async def _ask(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, in_database, work)


def _permitted(watcher: Watcher, messages: list[Message]) -> bytes:
    listener = Watcher(watcher.subject, most=len(messages) + 1)
    for message in messages:
        listener.offer(message)
    return listener.collected()


def _resumed_from(scope: Scope, headers: dict[str, str]) -> int | None:
    """Return the number that a watcher heard last: the browser's header, else ``?last=`` of a page that came again."""
    asked = parse_qs(scope["query_string"].decode("latin-1")).get("last", [""])[0]
    text = headers.get("last-event-id") or asked
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _answer(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    kind = [(b"content-type", b"application/json")] if body else []
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *kind]})
    await send({"type": "http.response.body", "body": body, "more_body": False})
