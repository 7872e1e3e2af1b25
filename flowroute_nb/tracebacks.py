"""Remove the local variables of this package, which can hold secrets, from the tracebacks of exceptions."""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from flowroute_nb.errors import FlowrouteError, Interrupted, is_ctrl_c
from flowroute_nb.interrupts import Interrupts

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["private", "safe"]

P = ParamSpec("P")
R = TypeVar("R")


def private(function: Callable[P, R]) -> Callable[P, R]:
    """Keep the arguments of a function, and the local variables of what it calls, out of tracebacks.

    ``%xmode Verbose``, rich and ``traceback.TracebackException(capture_locals=True)`` print the local variables of
    each frame, and a saved notebook keeps what they print. A Ctrl-C becomes ``Interrupted``; every other exception
    keeps its type.

    Examples
    --------
    >>> @private
    ... def divide(*, secret): return 1 / secret
    >>> divide(secret=0)
    Traceback (most recent call last):
        ...
    ZeroDivisionError: division by zero

    """

    @functools.wraps(function)
    def method(*args: P.args, **kwargs: P.kwargs) -> R:
        handled = interrupts = None
        try:  # every call is in here: where the recursion limit is near, any of them may raise
            handled = sys.exception()  # by the caller, whose frames are left alone
            interrupts = Interrupts()
            interrupts.begin()
            result = function(*args, **kwargs)
            error = None
        except BaseException as raised:  # noqa: BLE001  a KeyboardInterrupt has the same frames as any other
            error = safe(raised, function.__qualname__, handled)
        finally:
            if interrupts is not None:
                interrupts.over = True  # before any call: at its beginning a KeyboardInterrupt could be raised
            args, kwargs = (), {}  # type: ignore[assignment]  # this frame stays in the traceback
            if interrupts is not None:
                interrupts.end()
        if error is None:
            if interrupts is None or not interrupts.late:
                return result
            sent = result if function.__name__ == "send" else None
            error = Interrupted(f"{function.__qualname__}() was interrupted as it ended.", sent=sent)
            del result, sent
        try:
            raise error
        finally:
            del error

    return method


def safe(error: BaseException, name: str, handled: BaseException | None) -> BaseException:
    """Return the exception to raise in place of another, with the local variables cleared from its traceback.

    Parameters
    ----------
    error : BaseException
        What was raised.
    name : str
        The name of the function, for the text of ``Interrupted``.
    handled : BaseException or None
        The exception that the caller was handling; it and its causes stay as they are.

    """
    chain: list[BaseException | None] = [error]
    for raised in chain:  # grows in the loop. The loop calls as little as it can: the recursion limit may be near
        if raised is None or raised is handled:
            continue
        trace = raised.__traceback__
        while trace is not None:
            try:  # noqa: SIM105
                trace.tb_frame.clear()
            except RuntimeError:  # the frame of `private` is still running; it clears its own variables
                pass  # contextlib.suppress would be another call
            trace = trace.tb_next
        for earlier in (raised.__cause__, raised.__context__):
            if not any(earlier is known for known in chain):
                chain.append(earlier)
    if is_ctrl_c(error) and not isinstance(error, Interrupted):
        return Interrupted(f"{name}() was interrupted.")
    if isinstance(error, FlowrouteError | Interrupted):  # its message is complete without our frames
        error.__traceback__ = error.__context__ = None
    return error
