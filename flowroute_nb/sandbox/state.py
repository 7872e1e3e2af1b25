"""What the sandbox remembers: every message, and which of them it took from a client; in memory or in a file."""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
import threading
from typing import TYPE_CHECKING, Any

from flowroute_nb.errors import InputError
from flowroute_nb.sandbox.shapes import Message, record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flowroute_nb.sandbox.past import Past

__all__ = ["State", "micros"]

_OURS = 0x464E4231  # says in the file that it is a sandbox's, and how it is laid out: the 1 at its end
_TABLES = """
create table facts (name text primary key, value) without rowid;
create table messages (
    at integer, readable integer, id text, direction text, sender text, recipient text, body text, mms integer,
    amount integer, code integer, media text, said text
);
create table taken (
    at integer, version text, id text, recipient text, sender text, body text, media_urls text
);
"""
_STOPS = "direction = 'inbound' and upper(trim(body)) in ('STOP', 'UNSTOP')"
_INDEXES = (  # made after the past is: in one go they are smaller and sooner done
    "create index by_time on messages (at, readable)",  # has all that skipping an offset needs
    "create unique index by_id on messages (id)",
    f"create index by_stop on messages (recipient, sender, at) where {_STOPS}",
)
_COLUMNS = "id, at, direction, sender, recipient, body, mms, amount, code, media"
_ADD = f"insert into messages ({_COLUMNS}, readable, said) values ({', '.join('?' * 12)})"  # noqa: S608  only marks
_NEWEST_FIRST = "order by at desc, readable desc, rowid desc"
_LAST_WORD = f"select upper(trim(body)) from messages where {_STOPS} and recipient = ? and sender = ? {_NEWEST_FIRST}"  # noqa: S608
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
    past : Past
        Told once, at the first look at any message.

    """

    def __init__(self, path: str, past: Past) -> None:
        self._lock, self._past = threading.RLock(), past
        try:
            self._db = _opened(path)
        except sqlite3.DatabaseError as broken:
            why = str(broken)
        else:
            return
        raise InputError(
            f"path={path!r} is no file a sandbox can remember in ({why}). Give a new name in a folder that is there, "
            "or a file that a sandbox made."
        )

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    def fact(self, name: str, otherwise: str) -> str:
        """Remember something from the first time on."""
        with self._changing():
            self._db.execute("insert or ignore into facts values (?, ?)", (name, otherwise))
            return str(self._db.execute("select value from facts where name = ?", (name,)).fetchone()[0])

    def next_number(self) -> int:
        """Count one further, also over several lives of a file."""
        with self._changing():
            said = "insert into facts values ('count', 1) on conflict do update set value = value + 1 returning value"
            return int(self._db.execute(said).fetchone()[0])

    def take(self, message: Message, readable: int, version: str, media_urls: str) -> None:
        """Keep a message that a client sent."""
        taken = (message.at, version, message.id, message.recipient, message.sender, message.body, media_urls)
        with self._changing():
            self._db.execute(_ADD, (*message, readable, None))
            self._db.execute("insert into taken values (?, ?, ?, ?, ?, ?, ?)", taken)

    def taken(self) -> list[tuple[Any, ...]]:
        """Give what clients sent, oldest first."""
        with self._lock:
            return self._db.execute("select * from taken order by rowid").fetchall()

    def one(self, message_id: str, version: str, now: int) -> str | None:
        """Write one record, if it can be read yet."""
        with self._lock:
            self._begin()
            found = self._records(version, now, "id = ? and readable <= ?", (message_id, now))
        return found[0] if found else None

    def some(self, version: str, now: int, between: tuple[int, int], limit: int, offset: int) -> list[str]:
        """Write a page of records, newest first."""
        which = f"at >= ? and at < ? and readable <= ? {_NEWEST_FIRST} limit ? offset ?"
        with self._lock:
            self._begin()
            return self._records(version, now, which, (*between, now, limit, offset))

    def last_word(self, contact: str, number: str) -> str | None:
        """Give the newest of the two words that a contact can say to stop or start again."""
        with self._lock:
            if self._past.knows(contact):  # nobody else needs the past to be told for a send
                self._begin()
            row = self._db.execute(_LAST_WORD, (number, contact)).fetchone()
        return None if row is None else str(row[0])

    def _records(self, version: str, now: int, which: str, values: tuple[object, ...]) -> list[str]:
        """Write records as a version does; those of the past are kept written as the newer versions do."""
        if version == "v2":
            rows = self._db.execute(f"select {_COLUMNS} from messages where {which}", values)  # noqa: S608  ours
            return [record(Message._make(row), version, now) for row in rows]
        rows = self._db.execute(f"select said, rowid from messages where {which}", values)  # noqa: S608
        return [said or self._written(place, version, now) for said, place in rows.fetchall()]

    def _written(self, place: int, version: str, now: int) -> str:
        row = self._db.execute(f"select {_COLUMNS} from messages where rowid = ?", (place,)).fetchone()  # noqa: S608
        return record(Message._make(row), version, now)

    def _begin(self) -> None:
        """Tell the past, once."""
        if self._told():
            return
        with self._changing():
            if not self._told():  # another may have, in the same file
                told = self._past.tell()
                self._db.executemany(_ADD, ((*m, m.at, record(m, "v2.1", m.at + _SETTLED)) for m in told))
                for index in _INDEXES:
                    self._db.execute(index)
                self._db.execute("insert into facts values ('past', 'told')")

    def _told(self) -> bool:
        return self._db.execute("select 1 from facts where name = 'past'").fetchone() is not None

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        """Change all of it or nothing."""
        with self._lock:
            self._db.execute("begin immediate")
            try:
                yield
            except BaseException:
                self._db.execute("rollback")
                raise
            self._db.execute("commit")


def _opened(path: str) -> sqlite3.Connection:
    db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=60)
    try:
        (mark,) = db.execute("pragma application_id").fetchone()
        if not db.execute("select 1 from sqlite_master").fetchone():
            db.execute("pragma page_size = 16384")  # wastes less at the end of each: a record is large
            db.execute("pragma journal_mode = wal")
            db.execute(f"pragma application_id = {_OURS}")
            db.executescript(f"begin; {_TABLES} commit;")
        elif mark != _OURS:
            raise sqlite3.DatabaseError("it belongs to something else")  # noqa: TRY301  as what SQLite finds wrong
        db.execute("pragma synchronous = normal")  # what a power cut may cost is the last few sends
    except BaseException:
        db.close()
        raise
    return db
