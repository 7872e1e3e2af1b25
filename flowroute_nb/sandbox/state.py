"""What the sandbox remembers: every message, and which of them it took from a client; in memory or in a file."""

from __future__ import annotations

import contextlib
import json
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from flowroute_nb.sandbox.database import opened
from flowroute_nb.sandbox.exchange import VERSIONS
from flowroute_nb.sandbox.message import SETTLED, Message
from flowroute_nb.sandbox.prices import Tariff
from flowroute_nb.sandbox.shapes import Writer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flowroute_nb.sandbox.past import Past
    from flowroute_nb.sandbox.prices import Price

__all__ = ["Found", "State"]

_WORD = "upper(trim(body, char(9, 10, 13, 32)))"  # phones leave spaces and ends of lines behind a word
_STOPS = f"direction = 'inbound' and {_WORD} in ('STOP', 'UNSTOP')"
_INDEXES = (  # made after the past is: in one go they are smaller and sooner done
    "create index by_time on messages (at, readable)",  # has all that skipping an offset needs
    "create unique index by_id on messages (id)",
    f"create index by_stop on messages (recipient, sender, at) where {_STOPS}",
)
_COLUMNS = "id, at, direction, sender, recipient, body, mms, amount, code, media"
_ADD = f"insert into messages (place, {_COLUMNS}, readable, said) values ({', '.join('?' * 13)})"  # noqa: S608  only marks
_CHARGE = "insert into charges values (?, ?, ?, ?, ?, ?, ?)"
_NEWEST_FIRST = "order by at desc, readable desc, rowid desc"
_OLDEST_FIRST = "order by at, readable, rowid"
_DAY = 86_400 * 10**6  # microseconds
_KEPT = "v2.1"  # in which version the records of the past are kept written
_MOST = 50_000  # records of the past that are remembered of each way to write them, some 40 MB
_HERE = "from messages where place in (select value from json_each(?))"
_ROWS = f"select place, said is not null, {_COLUMNS} {_HERE}"
_KEPT_ROWS = f"select place, id, cast(said as blob), media {_HERE} and said is not null"
_LAST_WORD = f"select {_WORD} from messages where {_STOPS} and recipient = ? and sender = ? {_NEWEST_FIRST}"  # noqa: S608


class Found(NamedTuple):
    """A record that was found: its id, as a version says it, and its media."""

    id: str
    said: bytes
    media: str | None


class State:
    """One SQLite database behind one lock.

    Parameters
    ----------
    path : str
        A file; or ``""`` for what is forgotten in the end.
    past : Past
        Told once, at the first look at any message; a file that has another one already keeps its own.
    quirks : dict
        Name to value.

    """

    def __init__(self, path: str, past: Past, quirks: Mapping[str, str]) -> None:
        self._lock = threading.RLock()
        self._left: list[tuple[Any, ...]] | None = None  # of what was taken, when it has ended
        self._order = _NEWEST_FIRST if quirks["order"] == "newest_first" else _OLDEST_FIRST
        self._hidden = {version: _hidden(version, quirks) for version in VERSIONS}
        self._reach = _DAY * 90 if quirks["retention"] == "90_days" else None
        self._db = opened(path, past.name)
        self.past = past.named(self.fact("made from", past.name))  # a file keeps the past that it began with
        self._tariff = Tariff(self.past.rates, quirks)
        self._writers = {version: Writer(version, quirks, self._tariff) for version in VERSIONS}
        self._memory: dict[str, dict[int, Found]] = {each.spec: {} for each in self._writers.values()}

    def close(self) -> None:
        """Let go of the file; what clients sent can still be asked for."""
        with self._lock:
            try:
                self._left = self.taken()
            finally:
                self._memory.clear()
                self._db.close()

    def fact(self, name: str, otherwise: str) -> str:
        """Remember something from the first time on."""
        with self._changing():
            self._db.execute("insert or ignore into facts values (?, ?)", (name, otherwise))
            return str(self._db.execute("select value from facts where name = ?", (name,)).fetchone()[0])

    def change(self, name: str, value: str | None) -> None:
        """Remember something else from now on, or nothing any more."""
        with self._changing():
            if value is None:
                self._db.execute("delete from facts where name = ?", (name,))
            else:
                self._db.execute("insert or replace into facts values (?, ?)", (name, value))

    def known(self, name: str) -> str | None:
        """Give what is remembered by a name, if anything is."""
        with self._lock:
            found = self._db.execute("select value from facts where name = ?", (name,)).fetchone()
        return None if found is None else str(found[0])

    def next_number(self) -> int:
        """Count one further, also over several lives of a file."""
        with self._changing():
            said = "insert into facts values ('count', 1) on conflict do update set value = value + 1 returning value"
            return int(self._db.execute(said).fetchone()[0])

    def take(self, message: Message, readable: int, version: str, media_urls: str) -> Price:
        """Keep a message that a client sent, and charge for it."""
        taken = (message.at, version, message.id, message.recipient, message.sender, message.body, media_urls)
        with self._changing():
            (price,) = self._add([message], readable)
            self._db.execute("insert into taken values (?, ?, ?, ?, ?, ?, ?)", taken)
        return price

    def arrive(self, message: Message) -> Message:
        """Keep a message that somebody else sent, and charge for it: it can be read at once."""
        with self._changing():
            (price,) = self._add([message], message.at)
        return message._replace(amount=price.amount)

    def writer(self, version: str) -> Writer:
        """Say who writes the records of a version."""
        return self._writers[version]

    def taken(self) -> list[tuple[Any, ...]]:
        """Give what clients sent, oldest first."""
        with self._lock:
            if self._left is None:
                return self._db.execute("select * from taken order by rowid").fetchall()
            return self._left

    def spent(self) -> int:
        """Add up what clients' sends cost, in nanodollars."""
        with self._lock:
            (found,) = self._db.execute("select sum(amount) from taken join messages using (id)").fetchone()
        return int(found or 0)

    def days(self, now: int) -> list[tuple[int, bool, int, int]]:
        """Add up each day: its number since 1970, whether inbound, how many, and nanodollars."""
        day = f"(at - (at % {_DAY} + {_DAY}) % {_DAY}) / {_DAY}"  # SQLite's division cuts off towards 1970
        said = (
            f"select {day}, direction = 'inbound', count(*), sum(amount) from messages where readable <= ? "  # noqa: S608
            "group by 1, 2 order by 1"
        )
        with self._lock:
            self._begin()
            return self._db.execute(said, (now,)).fetchall()

    def charged(self, start: int | None, end: int | None) -> int:
        """Add up what was charged from one moment until before another; nanodollars."""
        which = "(?1 is null or at >= ?1) and (?2 is null or at < ?2)"
        with self._lock:
            self._begin()
            said = f"select coalesce(sum(nanodollars), 0) from charges where {which}"  # noqa: S608  ours
            return int(self._db.execute(said, (start, end)).fetchone()[0])

    def one(self, message_id: str, version: str, now: int) -> Found | None:
        """Write one record, if it can be read yet."""
        with self._lock:
            self._begin()
            found = self._records(version, now, "id = ?", (message_id,), "")
        return found[0] if found else None

    def some(self, version: str, now: int, between: tuple[int, int], limit: int, offset: int) -> list[Found]:
        """Write a page of records."""
        with self._lock:
            self._begin()
            page = f"{self._order} limit {limit:d} offset {offset:d}"
            return self._records(version, now, "at >= ? and at < ?", between, page)

    def last_word(self, contact: str, number: str) -> str | None:
        """Give the newest of the two words that a contact can say to stop or start again."""
        with self._lock:
            if self.past.knows(contact):  # nobody else needs the past to be told for a send
                self._begin()
            row = self._db.execute(_LAST_WORD, (number, contact)).fetchone()
        return None if row is None else str(row[0])

    def _records(self, version: str, now: int, which: str, values: tuple[object, ...], page: str) -> list[Found]:
        """Find which are asked for, by the index alone, and only then look at them: an offset is sooner skipped so."""
        since = f" and at >= {now - self._reach:d}" if self._reach else ""
        where = f"where {which} and readable <= {now:d}{since}{self._hidden[version]} {page}"
        places = [place for (place,) in self._db.execute(f"select place from messages {where}", values)]  # noqa: S608  ours
        remembered = self._remembered(version)
        others = self._looked_up(version, now, [place for place in places if place not in remembered])
        return [others.get(place) or remembered[place] for place in places]

    def _remembered(self, version: str) -> dict[int, Found]:
        """Give what was written as this version does, by place, while that is how it still writes."""
        writer, callback = self._writers[version], json.dumps(self.known("sms_callback of account"))
        if callback != writer.callback:
            writer.callback = callback
            self._memory[writer.spec].clear()
        return self._memory[writer.spec]

    def _looked_up(self, version: str, now: int, places: list[int]) -> dict[int, Found]:
        """Write records, unless they are kept as this version writes; and remember those that will never change."""
        if not places:
            return {}
        writer = self._writers[version]
        found = self._kept(places) if writer.spec == self.known("written") else {}
        lasting, others = found.copy(), json.dumps([place for place in places if place not in found])
        for place, is_past, *row in self._db.execute(_ROWS, (others,)):
            message = Message._make(row)
            found[place] = Found(message.id, writer.record(message, now).encode(), message.media)
            if is_past and message.at + SETTLED <= now:
                lasting[place] = found[place]
        memory = self._memory[writer.spec]
        if len(memory) + len(lasting) <= _MOST:
            memory.update(lasting)
        return found

    def _kept(self, places: list[int]) -> dict[int, Found]:
        rows = self._db.execute(_KEPT_ROWS, (json.dumps(places),))
        return {place: Found(name, said, media) for place, name, said, media in rows}

    def _begin(self) -> None:
        """Tell the past, once."""
        if self._told():
            return
        with self._changing():
            if not self._told():  # another may have, in the same file
                for day in self.past.tell():
                    self._add(day)
                for index in _INDEXES:
                    self._db.execute(index)
                spec = self._writers[_KEPT].spec
                self._db.execute("insert into facts values ('past', 'told'), ('written', ?)", (spec,))

    def _add(self, messages: list[Message], readable: int | None = None) -> list[Price]:
        """Keep messages, and charge each by the rates in force; one of the past is written down at once."""
        (last,) = self._db.execute("select coalesce(max(place), 0) from messages").fetchone()
        prices, rows, charges = [self._tariff.price(message) for message in messages], [], []
        for place, (message, price) in enumerate(zip(messages, prices, strict=True), last + 1):
            kept = message._replace(amount=price.amount)
            said = self._writers[_KEPT].record(kept, kept.at + SETTLED) if readable is None else None
            rows.append((place, *kept, kept.at if readable is None else readable, said))
            charges.append((place, kept.at, price.amount, *price[:3], "mms" if kept.mms else "sms"))
        self._db.executemany(_ADD, rows)
        self._db.executemany(_CHARGE, charges)
        return prices

    def _told(self) -> bool:
        return self.known("past") is not None

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


def _hidden(version: str, quirks: Mapping[str, str]) -> str:
    """Say which messages a version has no record of."""
    ids = f" and id glob '{'mdr1' if version == 'v2' else 'mdr2'}-*'" if quirks["versions"] == "apart" else ""
    return ids + (" and not mms" if quirks["mms_record"] == "absent" else "")
