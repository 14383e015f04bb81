"""Who listens in this process, and one thread that looks for news on behalf of all of them.

A thread, not a task: a task started from a view dies with the request's loop, and the state database is asked
synchronously. Nobody is asked while nobody listens.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from dataclasses import dataclass, field
from typing import Final

from django.db import close_old_connections, connection
from django.db.utils import DatabaseError

from liuke.govern.access import Scope
from liuke.state.order_news import OVERLAP, OrderNews, newest_number, news_since

EVERY_SECONDS: Final = 0.05
"""A look at the newest number costs some 50 µs; an order waits half of this on average."""
WAITING: Final = 64
"""News a listener may lag behind; beyond it the page reads its list again anyway, so the oldest are dropped."""
_log = logging.getLogger("liuke.console")


@dataclass(eq=False)
class Listener:
    """One open stream: the person's scope, and the queue that its event loop waits on; None in it ends the stream."""

    scope: Scope
    loop: asyncio.AbstractEventLoop
    queue: asyncio.Queue[OrderNews | None] = field(default_factory=lambda: asyncio.Queue(WAITING))

    def tell(self, news: OrderNews | None) -> None:
        """Puts the news in the queue; called from the tailer's thread."""
        self.loop.call_soon_threadsafe(self._put, news)

    def _put(self, news: OrderNews | None) -> None:
        if self.queue.full():
            self.queue.get_nowait()
        self.queue.put_nowait(news)


class Hub:
    """Listeners of this process. The thread starts with the first and rests while there is none."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def join(self, listener: Listener) -> None:
        """From now on the listener hears what concerns its scope."""
        with self._changed:
            self._listeners.add(listener)
            if self._thread is None:
                self._thread = threading.Thread(target=self._tail, name="order-news", daemon=True)
                self._thread.start()
            self._changed.notify()

    def leave(self, listener: Listener) -> None:
        """The listener hears no more."""
        with self._changed:
            self._listeners.discard(listener)

    def close(self) -> None:
        """Ends every stream: the server is about to stop and waits for nobody."""
        with self._changed:
            listeners = tuple(self._listeners)
        for listener in listeners:
            _tell(listener, None)

    def _tail(self) -> None:
        while True:
            with self._changed:
                while not self._listeners:
                    connection.close()
                    self._changed.wait()
            try:
                self._tell_news()
            except DatabaseError as error:
                _log.warning("order news: %s", type(error).__name__)
                close_old_connections()
                threading.Event().wait(1.0)

    def _tell_news(self) -> None:
        seen = newest_number()
        told = {news.number for news in news_since(seen)}
        pause = threading.Event()
        while self._listeners:
            pause.wait(EVERY_SECONDS)
            if newest_number() <= seen:
                continue
            fresh = [news for news in news_since(seen) if news.number not in told]
            with self._changed:
                listeners = tuple(self._listeners)
            for news in fresh:
                for listener in listeners:
                    if news.concerns(listener.scope):
                        _tell(listener, news)
            told |= {news.number for news in fresh}
            seen = max(seen, *told)
            told = {number for number in told if number > seen - OVERLAP}


def _tell(listener: Listener, news: OrderNews | None) -> None:
    try:
        listener.tell(news)
    except RuntimeError:  # its loop has just ended with the server
        HUB.leave(listener)


HUB = Hub()
"""The hub of this process."""
