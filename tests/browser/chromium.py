"""The browser: the system's own Chromium, driven by Playwright, which can't leave this machine."""

import contextlib
import re
import shutil

import pytest
from playwright.sync_api import expect, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = (
    "The tests drive a browser, and there is none. As root, `make browser` installs one on Debian; "
    f"otherwise install it yourself (apt-get install chromium), so that one of {', '.join(NAMES)} is on the PATH."
)
FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    # Whatever asks for another host finds none. Routes would do it too, and would switch the cache off.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
_STAYS_HERE = re.compile(r"(?:https?|wss?)://127\.0\.0\.1[:/]|(?:data|blob|about|chrome-error):")
PATIENCE = 30_000  # ms until a test that waits in vain fails

expect.set_options(timeout=PATIENCE)


def place():
    """Say where the browser is, or fail with what to install."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.fail(MISSING, pytrace=False)
    return found


@contextlib.contextmanager
def started():
    """Start the browser, and end it."""
    executable = place()
    with sync_playwright() as playwright:
        # Playwright would hide the scroll bars, which take room.
        browser = playwright.chromium.launch(
            executable_path=executable, args=FLAGS, ignore_default_args=["--hide-scrollbars"]
        )
        yield browser
        browser.close()


def window(browser):
    """Open a window whose pages share a cache, and the list of what in it asked for another machine."""
    opened, leaving = browser.new_context(service_workers="block"), []

    def note(asked):
        if not _STAYS_HERE.match(asked.url):
            leaving.append(asked.url)

    opened.set_default_timeout(PATIENCE)
    opened.on("request", note)
    opened.on("page", lambda page: page.on("websocket", note))
    return opened, leaving
