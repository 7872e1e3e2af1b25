"""What the tests in a browser stand on: ``lab``, ``notebook`` and ``voila``, or ``front``, which is each of them."""

import contextlib

import pytest
from conftest import FAILED

from browser import chromium, servers
from browser.fronts import Front

KINDS = ("lab", "notebook", "voila")


@pytest.fixture(scope="package")
def browser():
    """Start the browser once; it ends before other tests run, because Playwright's loop would be in their way."""
    with chromium.started() as running:
        yield running


@pytest.fixture(scope="package")
def fronts(browser, tmp_path_factory):
    """Give the front ends, each started when it is first asked for."""
    with contextlib.ExitStack() as stack:
        there = {}

        def front(kind):
            if kind not in there:
                url, folder = stack.enter_context(servers.running(kind, tmp_path_factory.mktemp(kind)))
                there[kind] = Front(kind, url, folder, browser)
                stack.callback(there[kind].window.close)
            return there[kind]

        yield front


@pytest.fixture
def opened(fronts, request):
    """Give a front end by its name, and leave no page and no kernel behind; of a failure there is a picture."""
    used = []

    def use(kind):
        used.append(fronts(kind))
        return used[-1]

    yield use
    failed = FAILED in request.node.stash
    for one in used:
        for at, page in enumerate(one.pages if failed else ()):
            page.shot(f"failed-{request.node.name}-{one.kind}-{at}".replace("/", "-"))
        one.tidy(whole=not failed)


@pytest.fixture
def lab(opened):
    return opened("lab")


@pytest.fixture
def notebook(opened):
    return opened("notebook")


@pytest.fixture
def voila(opened):
    return opened("voila")


@pytest.fixture(params=KINDS)
def front(opened, request):
    """Give each front end in turn."""
    return opened(request.param)
