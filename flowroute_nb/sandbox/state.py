"""What the sandbox remembers: every message, and which of them it took from a client; in memory or in a file."""

from __future__ import annotations

import datetime as dt
import sqlite3
import threading
from typing import TYPE_CHECKING, Any

from flowroute_nb.errors import InputError
from flowroute_nb.sandbox.shapes import Message, record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["State", "micros"]

_TABLES = """
create table if not exists facts (name text primary key, value text);
create table if not exists messages (
    id text primary key, at integer, direction text, sender text, recipient text, body text, mms integer,
    amount integer, code integer, media text, readable integer, said text
) without rowid;
create index if not exists by_time on messages (at, id);
create index if not exists by_pair on messages (recipient, sender, at) where direction = 'inbound';
create table if not exists taken (
    at integer, version text, id text, recipient text, sender text, body text, media_urls text
);
"""
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_SETTLED = 10 * 10**6  # microseconds after which a record changes no more


def micros(moment: dt.datetime) -> int:
    """Write a moment as microseconds of UTC."""
    return (moment - _EPOCH) // dt.timedelta(microseconds=1)


class State:
    """One SQLite database behind one lock.

    Parameters
    ----------
    path : str
        A file, or ``":memory:"``.
    past : callable
        Makes the messages of the past; called once, at the first look at any message.

    """

    def __init__(self, path: str, past: Callable[[], Iterable[Message]]) -> None:
        self._lock = threading.RLock()
        self._past = past
        try:
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._db.execute("pragma synchronous = off" if path == ":memory:" else "pragma journal_mode = wal")
            self._db.executescript(_TABLES)
        except sqlite3.DatabaseError as broken:
            why = str(broken)
        else:
            return
        raise InputError(
            f"path={path!r} is no file a sandbox can remember in ({why}). Give a new name, or one it made."
        )

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    def fact(self, name: str, otherwise: str) -> str:
        """Remember something from the first time on."""
        with self._lock:
            self._db.execute("insert or ignore into facts values (?, ?)", (name, otherwise))
            return str(self._db.execute("select value from facts where name = ?", (name,)).fetchone()[0])

    def add(self, messages: Iterable[Message], readable: int | None = None) -> None:
        """Keep messages; those of the past are written out once, because they change no more."""
        rows = (
            (*message, readable if readable is not None else message.at, None if readable else _written(message))
            for message in messages
        )
        self._db.execute("begin")
        self._db.executemany(f"insert into messages values ({', '.join('?' * 12)})", rows)  # noqa: S608  only marks
        self._db.execute("commit")

    def take(self, message: Message, readable: int, version: str, media_urls: str) -> None:
        """Keep a message that a client sent."""
        with self._lock:
            self._begin()
            self.add([message], readable)
            taken = (message.at, version, message.id, message.recipient, message.sender, message.body, media_urls)
            self._db.execute("insert into taken values (?, ?, ?, ?, ?, ?, ?)", taken)

    def taken(self) -> list[tuple[Any, ...]]:
        """Give what clients sent, oldest first."""
        with self._lock:
            return self._db.execute("select * from taken order by rowid").fetchall()

    def _begin(self) -> None:
        if self.fact("past", "to come") == "to come":
            self.add(self._past())
            self._db.execute("update facts set value = 'told' where name = 'past'")

    def one(self, message_id: str, version: str, now: int) -> str | None:
        """Write one record, if it can be read yet."""
        with self._lock:
            self._begin()
            row = self._db.execute(
                "select * from messages where id = ? and readable <= ?", (message_id, now)
            ).fetchone()
        return None if row is None else _said(row, version, now)

    def some(self, version: str, now: int, start: int, end: int, limit: int, offset: int) -> list[str]:
        """Write a page of records, newest first."""
        with self._lock:
            self._begin()
            rows = self._db.execute(
                "select * from messages where at >= ? and at < ? and readable <= ? "
                "order by at desc, id desc limit ? offset ?",
                (start, end, now, limit, offset),
            ).fetchall()
        return [_said(row, version, now) for row in rows]

    def last_word(self, contact: str, number: str) -> str | None:
        """Give the newest of the two words that a contact can say to stop or start again."""
        with self._lock:
            self._begin()
            row = self._db.execute(
                "select upper(trim(body)) from messages where direction = 'inbound' and recipient = ? and sender = ? "
                "and upper(trim(body)) in ('STOP', 'UNSTOP') order by at desc limit 1",
                (number, contact),
            ).fetchone()
        return None if row is None else str(row[0])


def _message(row: tuple[Any, ...]) -> Message:
    return Message._make((*row[:6], bool(row[6]), *row[7:10]))


def _written(message: Message) -> str:
    return record(message, "v2.1", message.at + _SETTLED)


def _said(row: tuple[Any, ...], version: str, now: int) -> str:
    written: str | None = row[11]
    if written is not None and version != "v2":
        return written
    return record(_message(row), version, now)
