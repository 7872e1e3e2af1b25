"""The database in which a sandbox remembers: how it is laid out, and how it is opened."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import time

from flowroute_nb.errors import InputError

__all__ = ["opened"]

_OURS = 0x464E4232  # says in the file that it is a sandbox's, and how it is laid out: the 2 at its end
_TABLES = """
create table if not exists facts (name text primary key, value) without rowid;
create table if not exists messages (
    place integer primary key,
    at integer, readable integer, id text, direction text, sender text, recipient text, body text, mms integer,
    amount integer, code integer, media text, said text
);
create table if not exists taken (
    at integer, version text, id text, recipient text, sender text, body text, media_urls text
);
create table if not exists charges (
    message integer primary key references messages, at integer not null, nanodollars integer not null,
    rate integer not null, surcharge integer not null, segments integer not null, kind text not null,
    check (nanodollars in (0, rate * segments, (rate + surcharge) * segments))
);
create trigger if not exists charges_stay before update on charges
begin select raise(abort, 'a charge is never changed'); end;
create trigger if not exists charges_remain before delete on charges
begin select raise(abort, 'a charge is never removed'); end;
"""
_PATIENCE = 60  # seconds for which somebody else may hold the file
_CACHE = 256 * 1024  # kilobytes: what has no name is wholly in memory up to this, and then a file that ends with us


def opened(path: str, made_from: str) -> sqlite3.Connection:
    """Open a file, or what has no name and is forgotten in the end; lay it out if it is new."""
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            return _opened(path, made_from)
        except sqlite3.DatabaseError as broken:
            why = str(broken)
            # SQLite waits for whoever writes, but not for whoever is just making the file one with a journal (WAL).
            busy = getattr(broken, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
        if not busy or time.monotonic() > until:
            break
        time.sleep(0.005)
    raise InputError(
        f"path={path!r} is no file a sandbox can remember in ({why}). Give a new name in a folder that is there, "
        "or a file that a sandbox made."
    )


def _opened(path: str, made_from: str) -> sqlite3.Connection:
    _create_for_owner(path)
    db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=_PATIENCE)
    try:
        if not db.execute("select 1 from sqlite_master").fetchone():  # others may be making it too
            db.execute("pragma page_size = 16384")  # wastes less at the end of each: a record is large
            db.execute("pragma journal_mode = wal")
            db.execute(f"pragma application_id = {_OURS}")
            db.executescript(f"begin immediate; {_TABLES} commit;")
        elif db.execute("pragma application_id").fetchone()[0] != _OURS:
            raise sqlite3.DatabaseError("it belongs to something else")  # noqa: TRY301  as what SQLite finds wrong
        if path:
            _close_to_others(path)
        db.execute("insert or ignore into facts values ('made from', ?)", (made_from,))  # fails here, if it ever does
        db.execute(f"pragma cache_size = -{_CACHE}")  # said before the size of a page it would not hold
        db.execute("pragma synchronous = normal")  # what a power cut may cost is the last few sends
    except BaseException:
        db.close()
        raise
    return db


def _create_for_owner(path: str) -> None:
    """Create a file that only its owner can read, as it will hold keys. SQLite gives its journals the same mode."""
    if path:
        with contextlib.suppress(OSError):  # it is there already, or can't be made, which SQLite then says
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _close_to_others(path: str) -> None:
    """Remove the permissions of other users from the file and its journals, if they belong to this user."""
    for file in (path, f"{path}-wal", f"{path}-shm"):
        with contextlib.suppress(OSError):
            mode = stat.S_IMODE(os.stat(file).st_mode)  # noqa: PTH116  SQLite's names are texts
            if mode & 0o077:
                os.chmod(file, mode & 0o700)  # noqa: PTH101  likewise
