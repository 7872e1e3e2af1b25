"""Record the requests of an account in a file and replay them in tests, with vcrpy configured for Flowroute."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
import vcr
from requests.adapters import HTTPAdapter

from flowroute_nb.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    import requests
    from vcr.cassette import Cassette

__all__ = ["flowroute_cassette", "use_cassette"]

_CREDENTIALS = ("Authorization", "Proxy-Authorization")
_MATCHED = ("method", "scheme", "host", "port", "path", "query", "body")
_MODES = ("none", "once", "new_episodes", "all")


@contextmanager
def use_cassette(path: str | PathLike[str], *, record_mode: str = "none", **options: Any) -> Iterator[Cassette]:  # noqa: ANN401  as vcrpy takes them
    """Replay requests from a cassette, or record them there.

    ``vcr.use_cassette`` writes the keys into the file, and it misses requests of other threads, such as those of reads
    with ``workers=4``: while it opens a connection for one thread, it is switched off for all. This function removes
    the keys, and makes one request at a time.

    Parameters
    ----------
    path : str or path
        The cassette, a YAML file.
    record_mode : str
        As in vcrpy: "none" only replays, "once" records if the file does not exist, "new_episodes" adds requests that
        are not in it, "all" records everything again.
    **options
        Options of ``vcr.use_cassette``. ``filter_headers`` adds to the headers with keys, which are always removed.

    Yields
    ------
    vcr.cassette.Cassette

    Raises
    ------
    InputError
        The file to replay does not exist.

    Notes
    -----
    Source: https://vcrpy.readthedocs.io/en/latest/usage.html#record-modes

    Examples
    --------
    >>> import tempfile
    >>> import flowroute_nb as fr
    >>> sandbox = fr.Sandbox(today="2026-10-31", messages=100)
    >>> cassette = Path(tempfile.mkdtemp(), "october.yaml")
    >>> with use_cassette(cassette, record_mode="once"):
    ...     recorded = sandbox.account().messages("2026-10-01", "2026-10-30")
    >>> with use_cassette(cassette):
    ...     replayed = sandbox.account().messages("2026-10-01", "2026-10-30")
    >>> replayed.equals(recorded)
    True

    """
    if record_mode not in _MODES:
        raise InputError(f"record_mode must be one of {', '.join(_MODES)}; got {record_mode!r}.")
    if record_mode == "none" and not Path(path).exists():
        raise InputError(
            f"There is no cassette {str(path)!r} to replay. Record it with record_mode='once', as does "
            "pytest --flowroute-record=once for flowroute_cassette."
        )
    filtered_headers = [*options.get("filter_headers", ()), *_CREDENTIALS]
    options = {"match_on": _MATCHED, "record_mode": record_mode, **options, "filter_headers": filtered_headers}
    lock, send = threading.RLock(), HTTPAdapter.send

    def send_alone(*args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401  as the method it stands for
        with lock:
            return send(*args, **kwargs)

    with mock.patch.object(HTTPAdapter, "send", send_alone), vcr.use_cassette(str(path), **options) as cassette:
        yield cassette


@pytest.fixture
def flowroute_cassette(request: pytest.FixtureRequest) -> Iterator[Cassette]:
    """Replay the requests of a test from ``cassettes/<module>/<test>.yaml`` beside it.

    ``pytest --flowroute-record=once`` records what has no cassette yet.
    """
    mode = request.config.getoption("--flowroute-record", default="none")
    name = re.sub(r"[^\w.-]+", "-", request.node.name)
    with use_cassette(
        request.path.parent / "cassettes" / request.path.stem / f"{name}.yaml", record_mode=mode
    ) as cassette:
        yield cassette


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--flowroute-record``, where this module is a plugin: ``pytest_plugins = ["flowroute_nb.testing"]``."""
    parser.addoption(
        "--flowroute-record",
        choices=_MODES,
        default="none",
        help="whether flowroute_cassette records requests: none, once, new_episodes, all",
    )
