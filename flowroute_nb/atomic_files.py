"""Write a file next to its target and move it there in one step, so that no reader sees a partial file."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path
from typing import IO, TYPE_CHECKING

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

from flowroute_nb.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["atomic_write", "check_readable", "check_writable"]

_PREFIX, _SUFFIX = ".flowroute-nb-", ".tmp"


def check_writable(path: Path) -> None:
    """Raise an error if a file of this name cannot be written, before any work is done."""
    target, why = path, ""
    try:
        target = Path(os.path.realpath(path))
        if not stat.S_ISREG(target.stat().st_mode):
            why = "it is a folder" if target.is_dir() else "it is not a regular file"
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        why = error.strerror or type(error).__name__
    except ValueError:
        why = "its name has a character that file names cannot have"
    if why:
        raise InputError(f"{str(path)[:40]!r} can't be written: {why}. Give another path.")
    if not target.parent.is_dir():
        folder = target.parent if path.is_symlink() else path.parent
        raise InputError(f"The folder {str(folder)!r} does not exist. Create it first, or give another path.")


def check_readable(path: Path) -> None:
    """Raise an error if this is not a regular file; one that does not exist raises FileNotFoundError."""
    try:
        mode = path.stat().st_mode
    except ValueError:
        why = "its name has a character that file names cannot have"
    except OSError as error:
        if isinstance(error, (FileNotFoundError, PermissionError)):
            raise
        why = error.strerror or type(error).__name__
    else:
        if stat.S_ISREG(mode):
            return
        why = "it is a folder" if stat.S_ISDIR(mode) else "it is not a regular file"
    raise InputError(f"{path.name[:40]!r} can't be read: {why}. Give the path of a file.")


@contextlib.contextmanager
def atomic_write(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for writing that replaces ``path`` in one step at the end of the block.

    The new file gets the permissions of the one it replaces, and its owner where the system permits. A symbolic link
    stays, and the file it points to is replaced. If the block raises an error, nothing is changed.
    """
    target = Path(os.path.realpath(path))
    replaced = _status(target)
    _remove_abandoned(target.parent)
    descriptor, temporary = _create(target.parent, 0o666 if replaced is None else 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            if replaced is not None:
                _copy_permissions(temporary, replaced)
            if fcntl is None:
                file.close()  # Windows cannot move an open file; elsewhere this would release the lock too early
            temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _status(target: Path) -> os.stat_result | None:
    try:
        return target.stat()
    except FileNotFoundError:
        return None


def _create(folder: Path, mode: int) -> tuple[int, Path]:
    """Create a locked temporary file; the system applies the umask, which is never changed here."""
    while True:
        path = folder / f"{_PREFIX}{secrets.token_hex(8)}{_SUFFIX}"
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), mode)
        if fcntl is None:
            return descriptor, path
        # Some file systems have no locks; there, no other process can lock the file and remove it as abandoned either.
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if path.exists():
            return descriptor, path
        os.close(descriptor)  # another process removed it as abandoned before it was locked


def _remove_abandoned(folder: Path) -> None:
    """Remove temporary files whose process has ended: a running one holds the lock on its file."""
    if fcntl is None:
        return
    with os.scandir(folder) as entries:
        names = [entry.path for entry in entries if entry.name.startswith(_PREFIX) and entry.name.endswith(_SUFFIX)]
    for name in names:
        with contextlib.suppress(OSError):  # locked, not ours, or just removed by another process
            descriptor = os.open(name, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                Path(name).unlink()
            finally:
                os.close(descriptor)


def _copy_permissions(temporary: Path, replaced: os.stat_result) -> None:
    """Give the new file the permissions of the one that it replaces, and its owner where permitted."""
    mode = stat.S_IMODE(replaced.st_mode)
    if hasattr(os, "chown"):
        with contextlib.suppress(OSError):  # not permitted, or an owner that does not exist in this container
            os.chown(temporary, -1, replaced.st_gid)
        with contextlib.suppress(OSError):
            os.chown(temporary, replaced.st_uid, -1)
        if temporary.stat().st_gid != replaced.st_gid:
            # Another group gets only the permissions that others have.
            mode &= ~stat.S_IRWXG | ((mode & stat.S_IRWXO) << 3)
    temporary.chmod(mode)
