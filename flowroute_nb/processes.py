"""Handle signals in a command, or forward them to the child process that it runs."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = ["handle_signals", "run_child"]

# systemd, Docker and timeout(1) stop a process with SIGTERM, a terminal that is closed with SIGHUP.
_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
_GRACE = 5.0  # seconds between SIGTERM and SIGKILL; Docker waits for 10
_SIGNAL_BASE = 128  # the exit code of a process that a signal ended is this and the signal's number, as in a shell


@contextmanager
def handle_signals(handler: Callable[[int, object], None], *, until_exit: bool = False) -> Iterator[None]:
    """Handle the signals that would end this process, except those that it inherited as ignored (nohup, background).

    With ``until_exit`` they are ignored afterwards, because a signal while Python shuts down would replace the exit
    code.
    """
    previous = {}
    if threading.current_thread() is threading.main_thread():
        previous = {n: signal.getsignal(n) for n in _SIGNALS if signal.getsignal(n) not in (signal.SIG_IGN, None)}
    for number in previous:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number, action in previous.items():
            signal.signal(number, signal.SIG_IGN if until_exit else action)


def run_child(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a command until it ends, and return its exit code.

    SIGTERM and SIGHUP end it and the processes that it started. The command decides what Ctrl-C does.
    """
    received_early: list[int] = []
    child: _Child | None = None

    def forward(number: int, _frame: object) -> None:
        if child is None:
            received_early.append(number)
        else:
            child.forward(number)

    with handle_signals(forward):
        child = _Child(command, environment)
        for number in received_early:
            child.forward(number)
        return child.wait()


class _Child:
    """A child process, in a process group of its own unless it shares a terminal with this process.

    In a terminal the child must stay in the foreground group, where it can read what is typed and gets Ctrl-C.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._shares_terminal = not hasattr(os, "killpg") or os.isatty(0)
        group = None if self._shares_terminal else 0
        self._process = subprocess.Popen(command, env=environment, process_group=group)  # noqa: S603  the user's own
        self._kill_timer: threading.Timer | None = None

    def forward(self, number: int) -> None:
        """Forward a signal; processes that SIGTERM or SIGHUP has not ended after some seconds are killed."""
        if number == signal.SIGINT:
            if not self._shares_terminal:  # otherwise the terminal has sent it to the child too
                self._send(number)
        elif self._kill_timer is None:  # only once: in a shared group, this process receives its own signal
            self._kill_timer = threading.Timer(_GRACE, self._send, [getattr(signal, "SIGKILL", signal.SIGTERM)])
            self._kill_timer.daemon = True
            self._kill_timer.start()
            self._send(number)

    def wait(self) -> int:
        """Wait for the child, and after a SIGTERM or SIGHUP for the processes that it started."""
        code = self._process.wait()
        if self._kill_timer is not None:
            while self._kill_timer.is_alive() and self._has_descendants():
                time.sleep(0.05)
            self._kill_timer.cancel()
        return code if code >= 0 else _SIGNAL_BASE - code

    def _send(self, number: int) -> None:
        with suppress(ProcessLookupError, PermissionError):
            if not self._shares_terminal:
                os.killpg(self._process.pid, number)
            elif hasattr(os, "killpg") and os.getpgrp() == os.getpid() and number != signal.SIGKILL:
                os.killpg(0, number)  # a shell with job control created this group for this command
            else:
                self._process.send_signal(number)

    def _has_descendants(self) -> bool:
        """Return whether processes of the child's group are left. As PID 1 of a container, this process reaps them."""
        if self._shares_terminal:
            return False
        with suppress(ChildProcessError):
            while os.waitpid(-self._process.pid, os.WNOHANG) != (0, 0):
                pass
        try:
            os.killpg(self._process.pid, 0)
        except (ProcessLookupError, PermissionError):
            return False
        return True
