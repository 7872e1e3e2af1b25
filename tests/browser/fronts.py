"""The three front ends, each opening notebooks in pages of its own and closing them behind a test."""

import itertools
import re

from browser.chromium import window
from browser.pages import LabPage, Page, Shown, written
from browser.servers import TOKEN, asking

ADDRESS = {
    "lab": "{url}/lab/tree/{name}?reset&token={token}",
    "notebook": "{url}/notebooks/{name}?token={token}",
    "voila": "{url}/voila/render/{name}?theme={theme}&token={token}",
}
PAGES = {"lab": LabPage, "notebook": Page, "voila": Shown}


class Front:
    """A front end: ``front.open("1 + 1")`` gives a page on which that cell has run."""

    def __init__(self, kind, url, folder, browser):
        self.kind, self.url, self.folder = kind, url, folder
        self.window, self.leaving = window(browser)
        self.pages, self._kernels = [], set()
        self._kept = None  # JupyterLab, loaded and empty
        self._count = itertools.count(1)

    def open(self, *cells, theme="light", width=1600, height=1000):
        """Write a notebook of these cells, open it, run it, and wait until the kernel is idle."""
        path = written(self.folder / f"{self.kind}{next(self._count)}.ipynb", cells)
        return self.visit(path, theme=theme, width=width, height=height)

    def visit(self, path, *, theme="light", width=1600, height=1000):
        """Open a notebook that is there."""
        self._start_kernel(path)
        url = ADDRESS[self.kind].format(url=self.url, name=path.name, token=TOKEN, theme=theme)
        # A busy kernel hears widgets afterwards, or beside what runs: Notebook 7 is the one here, JupyterLab the other.
        page = PAGES[self.kind](self._tab(), path, queued=self.kind == "notebook")
        self.pages.append(page)
        page.arrive(url, theme=theme, width=width, height=height)
        return page

    def _tab(self):
        """Give a tab: an empty one, or JupyterLab's of a test before."""
        tab, self._kept = self._kept, None
        if tab is None:
            tab = self.window.new_page()
            tab.on("websocket", self._note_kernel)
        return tab

    def _start_kernel(self, path):
        """Start the kernel now, so that it is there when the page has loaded."""
        if self.kind != "voila":
            wanted = {"path": path.name, "name": path.name, "type": "notebook", "kernel": {"name": "python3"}}
            with asking() as session:
                session.post(f"{self.url}/api/sessions", json=wanted).raise_for_status()

    def _note_kernel(self, line):
        self._kernels.update(re.findall(r"/api/kernels/([\w-]+)/", line.url))

    def tidy(self, *, whole=True):
        """Close the pages and end their kernels: a session outlives its page."""
        pages, self.pages = self.pages, []
        for page in pages:
            if whole:
                page.leave()
            if whole and self.kind == "lab" and self._kept is None:
                self._kept = page.tab
            else:
                page.tab.close()
        self.end_kernels()
        self._kernels.clear()
        self.stayed()

    def end_kernels(self):
        """End every kernel of this front end, as if it had died."""
        with asking() as session:
            if self.kind == "voila":
                for kernel in self._kernels:
                    session.delete(f"{self.url}/api/kernels/{kernel}")
            else:
                for each in session.get(f"{self.url}/api/sessions").json():
                    session.delete(f"{self.url}/api/sessions/{each['id']}")

    def stayed(self):
        """Fail if anything in a page has asked for another machine."""
        left, self.leaving[:] = self.leaving[:], []
        assert not left, f"A page tried to leave this machine: {left}"
