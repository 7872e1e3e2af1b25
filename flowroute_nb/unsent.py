"""Why a request could not leave, in words, and whether trying again can help."""

from __future__ import annotations

import re
import socket
import ssl
from typing import TYPE_CHECKING

import requests
from urllib3.exceptions import (
    ConnectTimeoutError,
    LocationParseError,
    NewConnectionError,
    ProxyError,
    ProxySchemeUnknown,
    ReadTimeoutError,
)

from flowroute_nb.connection import Lost

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["causes", "unsent"]

_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3}) ?([ -~]{0,60})")
_BROKEN = 500  # from here on it is the proxy's own trouble, which may pass
_PASSING = (ConnectTimeoutError, ReadTimeoutError, NewConnectionError, ConnectionError, TimeoutError, socket.gaierror)
_CUT = (ssl.SSLEOFError, ssl.SSLZeroReturnError)


def unsent(error: BaseException, host: str) -> Lost:
    """Explain why nothing of a request left.

    Only what is known to pass is worth another try: everything else would fail in the same way again. No text of the
    libraries is repeated that could hold a password of a proxy's address.
    """
    chain = list(causes(error))
    proxy = next((" through the proxy" for cause in chain if isinstance(cause, ProxyError)), "")
    tls = next((cause for cause in chain if isinstance(cause, ssl.SSLError)), None)
    if isinstance(tls, ssl.SSLCertVerificationError):
        whose = "the proxy" if proxy else host
        return _hopeless(f"the certificate of {whose} ({tls.verify_message}) can't be trusted", "Check base_url")
    if tunnel := next((found for cause in chain if (found := _TUNNEL.fullmatch(str(cause)))), None):
        why = f"the proxy refused to connect to {host} ({tunnel[1]} {tunnel[2]}".rstrip() + ")"
        if int(tunnel[1]) < _BROKEN:
            return _hopeless(why, "Check the proxy in HTTPS_PROXY or ALL_PROXY and its user and password")
        return Lost(why, taken=False, advice="Check the proxy")
    if tls is not None:
        return _handshake(chain, tls, host)
    if any(isinstance(cause, _PASSING) for cause in chain):
        return Lost(f"no connection to {host} could be made{proxy}", taken=False)
    return _never(chain, host)


def _handshake(chain: list[BaseException], tls: ssl.SSLError, host: str) -> Lost:
    """Explain why a TLS handshake was not completed."""
    if any(isinstance(cause, (*_CUT, ConnectionError)) for cause in chain):
        return Lost(f"{host} closed the connection during the TLS handshake", taken=False)
    if tls.reason == "NO_CERTIFICATE_OR_CRL_FOUND":
        return _hopeless("the file of trusted certificates holds none", "Check REQUESTS_CA_BUNDLE")
    reason = (tls.reason or type(tls).__name__).replace("_", " ").lower()
    return _hopeless(f"{host} does not speak TLS as https needs it ({reason})", "Check base_url and any proxy")


def _never(chain: list[BaseException], host: str) -> Lost:
    """Explain what no request can leave with: settings, addresses, or an error of this machine."""
    if any("CA certificate" in str(cause) for cause in chain if isinstance(cause, OSError)):
        return _hopeless("the file or folder of trusted certificates can't be found", "Check REQUESTS_CA_BUNDLE")
    if any(isinstance(cause, requests.exceptions.InvalidSchema) and "SOCKS" in str(cause) for cause in chain):
        return _hopeless(
            "a SOCKS proxy needs the package PySocks", 'Run pip install "requests[socks]" or unset ALL_PROXY'
        )
    if any(isinstance(cause, requests.exceptions.InvalidProxyURL | ProxySchemeUnknown) for cause in chain):
        return _hopeless("the address of the proxy can't be read", "Check HTTPS_PROXY and ALL_PROXY")
    if any(isinstance(cause, UnicodeError | LocationParseError | requests.exceptions.InvalidURL) for cause in chain):
        return _hopeless(f"{host}, or a proxy's name, can't be the name of a host", "Check base_url and any proxy")
    kind = type(chain[-1]).__name__
    return _hopeless(f"this machine could not send it ({kind})", "Check the settings of proxy and certificates")


def _hopeless(why: str, advice: str) -> Lost:
    return Lost(why, taken=False, hopeless=True, advice=advice)


def causes(error: BaseException) -> Iterator[BaseException]:
    """Walk from an exception of requests down to what lies under it."""
    cause: object = error
    for _ in range(8):
        if not isinstance(cause, BaseException):
            return
        yield cause
        inner = getattr(cause, "reason", None) or getattr(cause, "original_error", None)
        inner = inner if isinstance(inner, BaseException) else None  # an SSLError's reason is a text
        cause = inner or next((arg for arg in cause.args if isinstance(arg, BaseException)), None)
