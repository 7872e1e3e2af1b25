"""The two keys of a sandbox: random, stored in its file, or passed in."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from flowroute_nb.errors import InputError

if TYPE_CHECKING:
    from flowroute_nb.sandbox.state import State

__all__ = ["check_keys", "remembered_keys"]

# In HTTP Basic authentication the first colon ends the user name: https://www.rfc-editor.org/rfc/rfc7617#section-2
_ACCESS = re.compile(r"sandbox[!-9;-~]{4,}")
_SECRET = re.compile(r"[!-~]{8,}")


def check_keys(access_key: str | None, secret_key: str | None) -> tuple[str, str] | None:
    """Check the keys that were passed in; None means random ones. No error shows a secret key."""
    if access_key is None and secret_key is None:
        return None
    if not isinstance(access_key, str) or not _ACCESS.fullmatch(access_key):
        raise InputError(
            "access_key must be 'sandbox' and at least 4 more printable ASCII characters, without ':' or spaces; "
            f"got {access_key!r}. Leave out both keys for random ones."
        )
    if not isinstance(secret_key, str) or not _SECRET.fullmatch(secret_key) or secret_key == access_key:
        raise InputError(
            "secret_key must be at least 8 printable ASCII characters without spaces, other than access_key. "
            "Leave out both keys for random ones."
        )
    return access_key, secret_key


def remembered_keys(state: State) -> tuple[str, str]:
    """Return the keys that are stored in the sandbox's file; a new file gets random ones."""
    pair = state.fact("keys", f"sandbox{secrets.token_hex(8)}:sandbox-secret-{secrets.token_urlsafe(24)}")
    access_key, _, secret_key = pair.partition(":")
    return access_key, secret_key
