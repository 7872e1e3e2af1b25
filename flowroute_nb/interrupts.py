"""Ctrl-C during a call: the first interrupts it, and those that follow at once are part of the first."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import suppress

__all__ = ["Interrupts"]

_REPEATED = 2.0  # seconds; an interrupted send needs one to learn what came of it


class Interrupts:
    """Handles SIGINT during one call in the main thread, unless the program handles it itself.

    ``timeout -s INT`` and programs that pass signals on send SIGINT twice within a moment, and people press twice. A
    second KeyboardInterrupt, raised while the first one is handled, would replace what is known of a send, and leave
    local variables in the traceback.

    Attributes
    ----------
    over : bool
        Set when the call has ended: from then on nothing is raised, but noted.
    late : bool
        Whether a SIGINT came after that.

    """

    # On the class, so that making one needs no frame: the recursion limit may have been reached.
    over = late = _installed = False
    _until = 0.0

    def begin(self) -> None:
        """Handle SIGINT from now on."""
        ours = threading.current_thread() is threading.main_thread()
        if ours and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._installed = True
            with suppress(ValueError):  # the main thread of another interpreter
                signal.signal(signal.SIGINT, self)

    def end(self) -> None:
        """Leave SIGINT to Python again."""
        if not self._installed:
            return
        unchanged = signal.getsignal(signal.SIGINT) is self
        if unchanged:
            try:
                signal.signal(signal.SIGINT, signal.default_int_handler)
            except KeyboardInterrupt:  # at once by the handler that was just set
                self.late = True

    def __call__(self, _number: int, _frame: object) -> None:
        """Raise KeyboardInterrupt, unless this SIGINT repeats the one before."""
        now = time.monotonic()
        if self.over:
            self.late = True
        elif now >= self._until:
            self._until = now + _REPEATED
            raise KeyboardInterrupt
