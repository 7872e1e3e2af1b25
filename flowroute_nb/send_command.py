"""The ``send`` command: it prints the id, and its exit code states the outcome even if a later step fails."""

from __future__ import annotations

import codecs
import os
import re
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

import click

from flowroute_nb.errors import FlowrouteError, InputError, OutcomeUnknown
from flowroute_nb.processes import handle_signals

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from flowroute_nb.account import Account
    from flowroute_nb.sent import Sent

__all__ = ["EXIT_CODES", "WRONG_INPUT", "as_options", "escaped", "run", "standard_input"]

DONE, NOT_ACCEPTED, WRONG_INPUT, UNKNOWN, LATER_STEP_FAILED = range(5)
#: What ``--help`` says; click keeps the lines of a paragraph that begins with \b.
EXIT_CODES = """\b
Exit codes:
  0  done; a send was accepted
  1  refused or failed; a send was not accepted
  2  wrong input; nothing was sent
  3  send: the outcome is unknown. Look for the message before sending it again
  4  send: accepted, but a later step failed. Do not send it again"""
_PRINTED = "\u00a0\u202f\u200c\u200d"  # no-break spaces and zero-width joiners, which isprintable() rejects
_BYTE_ORDER_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
#: Arguments in the library's errors, and the options of this command line that set them.
_OPTIONS = {
    "smart_quotes='replace' (the error's .cleaned shows it), or 'keep'": "--smart-quotes replace, or keep",
    "media_urls= for": "--media-url for",
    "there are no media_urls": "there is no --media-url",
    "media_urls has": "--media-url has",
    "base_url=": "--base-url ",
    "base_url ": "--base-url ",
    "(sent.wait() waits": "(flowroute-nb send --wait waits",
    "contact_prefix, hour, weekday": "contact_prefix, hour-of-day, weekday",
}
_TAGS = re.compile(r"give 'tag' and rules, as in tags=\{.*\}")
T = TypeVar("T")


class _Result(NamedTuple, Generic[T]):
    """What a call returned or raised; both None if it was still running when the caller gave it up."""

    value: T | None = None
    error: BaseException | None = None


def escaped(text: str) -> str:
    """Replace the characters that a terminal would interpret, such as control characters, by escapes."""
    return "".join(c if c.isprintable() or c in _PRINTED else ascii(c)[1:-1] for c in text)


def as_options(text: str) -> str:
    """Return the text of an error with options of the command line for the arguments of the library."""
    for argument, option in _OPTIONS.items():
        text = text.replace(argument, option)
    text = _TAGS.sub('give --by tag and rules, as in --tag "Sale: text half price"', text)
    return re.sub(r"^(to|from)_?: ", r"--\1: ", text)


def standard_input() -> str:
    """Read the text of a message, without a byte order mark and with a line feed as the end of each line."""
    encoding = getattr(sys.stdin, "encoding", None) or "utf-8"
    try:
        data: bytes = sys.stdin.buffer.read()
        encoding = next((name for mark, name in _BYTE_ORDER_MARKS.items() if data.startswith(mark)), encoding)
        return data.decode(encoding).replace("\r\n", "\n").rstrip("\n")
    except UnicodeError:
        raise click.UsageError(f"--body - got bytes that are not {encoding} text. Pipe it in as UTF-8.") from None
    except (OSError, ValueError, AttributeError):  # AttributeError: sys.stdin is None if it was closed from the start
        raise click.UsageError(
            "--body - reads the text from standard input, which is closed. Pipe a text in, or give --body TEXT."
        ) from None


def run(
    account: Account,
    message: Mapping[str, Any],
    *,
    table: Callable[[pd.Series], str] | None = None,
    until_exit: bool = False,
) -> int:
    """Send one message, print its id and, with a table, wait for its record and print that; return the exit code.

    The send runs in a thread of its own. A signal closes the account instead of raising an exception in the middle of
    the send, so the send always ends with an outcome: accepted, not accepted or unknown. Pass ``until_exit=True`` if
    the process exits afterwards: signals are then ignored until it has.
    """
    received: list[int] = []

    def stop(number: int, _frame: object) -> None:
        received.append(number)
        if len(received) == 1:
            with suppress(Exception):
                account.close()

    with handle_signals(stop, until_exit=until_exit):
        sent, error = _in_thread(lambda: account.send(**message), give_up=lambda: len(received) > 1)
        if sent is None:
            return _failed(error, interrupted=bool(received))
        try:
            failure = _print_results(sent, received, table)
        except BaseException as late:  # noqa: BLE001  the message was accepted, whatever this is
            failure = f"a later step failed: {_reason(late)}"
        if failure is None:
            return DONE
        record_id = escaped(sent.id)
        _print(
            "stderr",
            f"Error: The message was accepted as {record_id}, but {failure.rstrip('.')}. Do not send it again; "
            f"look it up with: flowroute-nb lookup {record_id}",
        )
        return LATER_STEP_FAILED


def _failed(error: BaseException | None, *, interrupted: bool) -> int:
    """Print why a message was not accepted, or why that is unknown, and return the exit code."""
    if isinstance(error, FlowrouteError) and not isinstance(error, OutcomeUnknown):
        stopped = "Interrupted before the message was accepted. " if interrupted else ""
        _print("stderr", f"Error: {stopped}{as_options(str(error))}")
        return WRONG_INPUT if isinstance(error, InputError) and not interrupted else NOT_ACCEPTED
    why = str(error) if isinstance(error, OutcomeUnknown) else f"The outcome of the send is unknown: {_reason(error)}."
    _print("stderr", f"Error: {'Interrupted. ' if interrupted else ''}{why}")
    return UNKNOWN


def _print_results(sent: Sent, received: list[int], table: Callable[[pd.Series], str] | None) -> str | None:
    """Print the id and, with a table, the record; return what failed, or None."""
    unprinted = _print("stdout", escaped(sent.id))
    if unprinted:
        return f"its id could not be printed: {unprinted}"
    if table and not received:
        record, error = _in_thread(sent.wait, give_up=lambda: bool(received))
        if record is not None:
            unprinted = _print("stdout", table(record))
            return f"its record could not be printed: {unprinted}" if unprinted else None
        if not received:
            return f"its record could not be read: {_reason(error)}"
    return "the command was interrupted" if received else None


def _in_thread(call: Callable[[], T], give_up: Callable[[], bool]) -> _Result[T]:
    """Run a call in a thread, where no signal handler runs, and wait until it ends or ``give_up`` returns True."""
    results: list[_Result[T]] = []

    def work() -> None:
        try:
            results.append(_Result(call()))
        except BaseException as error:  # noqa: BLE001  the waiting thread reports it
            results.append(_Result(error=error))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    while thread.is_alive() and not give_up():
        thread.join(0.1)  # signal handlers run during a join, on Windows only between two
    return results[0] if results else _Result()


def _print(name: str, text: str) -> str | None:
    """Print a line on a standard stream; return why that failed, or None."""
    stream = getattr(sys, name)
    if stream is None:
        return f"{name} is closed"
    try:
        click.echo(text, file=stream)
        stream.flush()
    except (OSError, ValueError) as error:  # ValueError: it is closed, or its encoding lacks a character
        with suppress(OSError, ValueError):  # otherwise Python's flush at exit fails too, and the exit code is 120
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return _reason(error)
    return None


def _reason(error: BaseException | None) -> str:
    if error is None:
        return "interrupted before the response came"
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
