"""Explain why a request could not be sent, and whether a retry can help."""

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
_SERVER_ERROR = 500  # from this status on, the fault is the proxy's own and may be temporary
_TEMPORARY = (ConnectTimeoutError, ReadTimeoutError, NewConnectionError, ConnectionError, TimeoutError, socket.gaierror)
_CLOSED = (ssl.SSLEOFError, ssl.SSLZeroReturnError)


def unsent(error: BaseException, host: str) -> Lost:
    """Explain why nothing of a request was sent.

    Only errors that are known to be temporary are worth a retry. Messages of the libraries are not quoted where they
    could contain the password in a proxy's address.
    """
    chain = list(causes(error))
    proxy = next((" through the proxy" for cause in chain if isinstance(cause, ProxyError)), "")
    tls_error = next((cause for cause in chain if isinstance(cause, ssl.SSLError)), None)
    if isinstance(tls_error, ssl.SSLCertVerificationError):
        owner = "the proxy" if proxy else host
        return _permanent(f"the certificate of {owner} ({tls_error.verify_message}) can't be trusted", "Check base_url")
    if tunnel := next((match for cause in chain if (match := _TUNNEL.fullmatch(str(cause)))), None):
        why = f"the proxy refused to connect to {host} ({tunnel[1]} {tunnel[2]}".rstrip() + ")"
        if int(tunnel[1]) < _SERVER_ERROR:
            return _permanent(why, "Check the proxy in HTTPS_PROXY or ALL_PROXY and its user and password")
        return Lost(why, taken=False, advice="Check the proxy")
    if tls_error is not None:
        return _handshake_error(chain, tls_error, host)
    if any(isinstance(cause, _TEMPORARY) for cause in chain):
        return Lost(f"no connection to {host} could be made{proxy}", taken=False)
    return _setting_error(chain, host)


def _handshake_error(chain: list[BaseException], tls_error: ssl.SSLError, host: str) -> Lost:
    """Explain why a TLS handshake was not completed."""
    if any(isinstance(cause, (*_CLOSED, ConnectionError)) for cause in chain):
        return Lost(f"{host} closed the connection during the TLS handshake", taken=False)
    if tls_error.reason == "NO_CERTIFICATE_OR_CRL_FOUND":
        return _permanent("the file of trusted certificates holds none", "Check REQUESTS_CA_BUNDLE")
    reason = (tls_error.reason or type(tls_error).__name__).replace("_", " ").lower()
    return _permanent(f"{host} does not speak TLS as https needs it ({reason})", "Check base_url and any proxy")


def _setting_error(chain: list[BaseException], host: str) -> Lost:
    """Explain what keeps every request from being sent: a setting, an address or an error on this machine."""
    if any("CA certificate" in str(cause) for cause in chain if isinstance(cause, OSError)):
        return _permanent("the file or folder of trusted certificates can't be found", "Check REQUESTS_CA_BUNDLE")
    if any(isinstance(cause, requests.exceptions.InvalidSchema) and "SOCKS" in str(cause) for cause in chain):
        return _permanent(
            "a SOCKS proxy needs the package PySocks", 'Run pip install "requests[socks]" or unset ALL_PROXY'
        )
    if any(isinstance(cause, requests.exceptions.InvalidProxyURL | ProxySchemeUnknown) for cause in chain):
        return _permanent("the address of the proxy can't be read", "Check HTTPS_PROXY and ALL_PROXY")
    if any(isinstance(cause, UnicodeError | LocationParseError | requests.exceptions.InvalidURL) for cause in chain):
        return _permanent(f"{host}, or a proxy's name, can't be the name of a host", "Check base_url and any proxy")
    kind = type(chain[-1]).__name__
    return _permanent(f"this machine could not send it ({kind})", "Check the settings of proxy and certificates")


def _permanent(why: str, advice: str) -> Lost:
    return Lost(why, taken=False, hopeless=True, advice=advice)


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception of requests, then those of the lower layers that led to it."""
    cause: object = error
    for _ in range(8):
        if not isinstance(cause, BaseException):
            return
        yield cause
        inner = getattr(cause, "reason", None) or getattr(cause, "original_error", None)
        inner = inner if isinstance(inner, BaseException) else None  # an SSLError's reason is a text
        cause = inner or next((arg for arg in cause.args if isinstance(arg, BaseException)), None)
