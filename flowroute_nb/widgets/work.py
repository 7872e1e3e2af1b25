"""Long work of a form, in a thread of its own that ends with the work, or with the kernel."""

from __future__ import annotations

import atexit
import threading
import weakref
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Job", "begun"]

T = TypeVar("T")

_under_way: weakref.WeakSet[Job] = weakref.WeakSet()


def _end_all() -> None:
    for job in list(_under_way):
        job.stop()


# The threads of a pool that work for a daemon are waited for when Python ends, before anything that atexit calls: a
# kernel whose service is silent would stay for a minute. The pools themselves end by this same door.
getattr(threading, "_register_atexit", atexit.register)(_end_all)


class Job:
    """One piece of work, which can be asked to stop."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._stops: list[Callable[[], object]] = []
        _under_way.add(self)

    @property
    def over(self) -> bool:
        """Whether it should stop."""
        return self._over.is_set()

    def stop(self) -> None:
        """Ask it to stop as soon as it can."""
        self._over.set()
        for call in self._stops:
            call()

    def when_stopped(self, call: Callable[[], object]) -> None:
        """Have this called, from any thread, when it is asked to stop."""
        self._stops.append(call)
        if self.over:
            call()

    def sleep(self, seconds: float) -> None:
        """Wait so long, or until it should stop."""
        self._over.wait(seconds)


def begun(call: Callable[[Job], T], job: Job) -> Future[T]:
    """Begin a piece of work; its thread is a daemon, so that a kernel ends without waiting for it."""
    future = Future[T]()
    threading.Thread(target=_done, args=(call, job, future), name="flowroute form", daemon=True).start()
    return future


def _done(call: Callable[[Job], T], job: Job, future: Future[T]) -> None:
    try:
        future.set_result(call(job))
    except BaseException as error:  # noqa: BLE001  whoever waits for it is told
        future.set_exception(error.with_traceback(None))
