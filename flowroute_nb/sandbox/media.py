"""What goes with an MMS: the files, how large they may be, and how they are named."""

from __future__ import annotations

import http.client
import json
import mimetypes
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flowroute_nb.sandbox.addresses import homes
from flowroute_nb.sandbox.exchange import No

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["check", "included", "named"]

_PATIENCE = 5.0  # seconds for a file to come
_SIZE = 14_832  # bytes, those of the published picture: what a link leads to is not kept
_FILE, _TOGETHER = 767_840, 750_000  # bytes: https://developer.flowroute.com/api/errors, .../messages/v2.1/send-an-mms


def named(owner: str, count: int) -> str | None:
    """Name the media of a message, as ``relationships.media.data``."""
    return json.dumps([{"id": f"{owner}-{n}", "type": "media"} for n in range(1, count + 1)]) if count else None


def included(media: str, place: str, urls: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Write media in full, with their addresses where these are known.

    https://developer.flowroute.com/api/messages/v2.2/receive-an-mms
    """
    found = [each["id"] for each in json.loads(media)]
    return [_resource(*each, place) for each in zip(found, urls or map(_stored, found), strict=True)]


def _stored(media_id: str) -> str:
    """Say where the service would keep it: nothing is there."""
    return f"https://s3.us-west-2.amazonaws.com/flowroute-messaging-media/{media_id}.png"


def _resource(media_id: str, url: str, place: str) -> dict[str, Any]:
    name = urlsplit(url).path.rpartition("/")[2] or "file"
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    file = {"file_name": name, "file_size": _SIZE, "mime_type": kind, "url": url}
    return {"id": media_id, "type": "media", "attributes": file, "links": {"self": f"{place}/media/{media_id}"}}


def check(urls: list[str], body: str | None, quirks: Mapping[str, str]) -> None:
    """Fetch what is on this machine, as the service fetches all of it; what is elsewhere is taken on trust."""
    sizes = [_size(url) for url in urls if homes(url)]
    if quirks["mms_limit"] == "750000" and sum(sizes) + len((body or "").encode()) > _TOGETHER:
        raise No(422, f"Error fetching media: files and text are over {_TOGETHER} byte limit.")


def _size(url: str) -> int:
    place = urlsplit(url)
    try:
        line = http.client.HTTPConnection(place.hostname or "", place.port, timeout=_PATIENCE)
        try:
            line.request("GET", f"{place.path or '/'}{'?' if place.query else ''}{place.query}")
            answer = line.getresponse()
            size = len(answer.read(_FILE + 1))
        finally:
            line.close()
    except (OSError, http.client.HTTPException, ValueError):
        raise No(422, f'Error fetching media: File at "{url}" could not be fetched.') from None
    if answer.status != 200:  # noqa: PLR2004
        raise No(422, f'Error fetching media: File at "{url}" was answered with {answer.status}.')
    if size > _FILE:
        raise No(422, f'Error fetching media: File at "{url}" is over {_FILE} byte limit.')
    return size
