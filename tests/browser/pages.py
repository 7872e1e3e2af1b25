"""One notebook on the screen: run its cells, read and photograph what they show, ask what is wrong with it."""

import contextlib
import re
from pathlib import Path

import nbformat
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error

from browser.chromium import PATIENCE

SHOTS = Path(__file__).parent.parent.parent / "scratch"

_IDLE = "window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
#: A notebook that has just been opened can take this and run nothing, without a word: then it is asked again.
_RUN_ALL = """async () => {
    const {commands, shell} = window.jupyterapp, notebook = shell.currentWidget;
    await Promise.all([notebook.context.ready, notebook.sessionContext.ready, notebook.revealed]);
    for (let asked = 0; asked < 3; asked++) {
        await commands.execute('notebook:run-all-cells');
        if (notebook.content.widgets.some(cell => cell.model.type === 'code' && cell.model.executionCount)) return;
    }
}"""
_OPEN = """async path => {
    const {commands, shell} = window.jupyterapp, before = [...shell.widgets('main')];
    await commands.execute('docmanager:open', {path});
    before.forEach(widget => widget.close());  // what JupyterLab shows when it has nothing to show
}"""
#: A widget that still says something makes its notebook one with changes, and closing that would ask whether to save.
_CLOSE = """() => {
    const notebook = window.jupyterapp.shell.currentWidget;
    Object.defineProperty(notebook.context.model, 'dirty', {get: () => false, set: () => {}});
    notebook.close();
}"""
#: Playwright would wait for ever for what a page does in its own time.
_IN_TIME = """arg => Promise.race([({code})(arg), new Promise((_, give_up) => setTimeout(
    () => give_up(new Error('This took the page too long.')), {patience}))])"""
_RUN = """async code => {
    const {commands, shell} = window.jupyterapp, notebook = shell.currentWidget.content;
    notebook.activeCellIndex = notebook.widgets.length - 1;
    if (notebook.activeCell.model.sharedModel.getSource()) await commands.execute('notebook:insert-cell-below');
    const cell = notebook.activeCell;
    cell.model.sharedModel.setSource(code);
    await commands.execute('notebook:run-cell');
}"""
#: What each code cell has put out, as text.
_SAID = """() => window.jupyterapp.shell.currentWidget.content.widgets.filter(cell => cell.model.type === 'code').map(
    cell => cell.model.outputs.toJSON().map(
        out => out.output_type === 'error' ? `${out.ename}: ${out.evalue}` : out.text ?? out.data?.['text/plain'] ?? ''
    ).flat().join('').trimEnd())"""
#: Widgets are heard after what runs, as by a kernel that can't hear them beside it.
_QUEUE = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.commsOverSubshells = 'disabled'"
_WAIT = """import os, time
while not os.path.exists({over!r}):
    time.sleep(0.02)"""
_ASKED = """() => {
    const cell = window.jupyterapp.shell.currentWidget.content.widgets.at(-1);
    return cell.model.sharedModel.getSource() && cell.inputArea.promptNode.textContent.includes('*');
}"""
_FAILED = """() => window.jupyterapp.shell.currentWidget.content.widgets.flatMap(
    cell => cell.model.type === 'code' ? cell.model.outputs.toJSON() : []
    ).filter(out => out.output_type === 'error').map(out => out.traceback.join('\\n'))"""
#: What reaches out of a part of the page, or scrolls sideways and shouldn't.
_WIDE = """(root, apart) => {
    const found = [], edge = root.getBoundingClientRect().right + 1;
    const named = e => `${e.tagName.toLowerCase()}.${[...e.classList].join('.')} ${e.textContent.trim().slice(0, 40)}`;
    const inside = e => { for (e = e.parentElement; e && e !== root; e = e.parentElement)
        if (getComputedStyle(e).overflowX !== 'visible') return true; return false; };
    for (const e of [root, ...root.querySelectorAll('*')]) {
        const style = getComputedStyle(e), box = e.getBoundingClientRect();
        if (!box.width || box.width <= 1 || (apart && e.closest(apart))) continue;
        const wide = style.overflowX !== 'visible' && style.textOverflow !== 'ellipsis'
            && e.scrollWidth > e.clientWidth + 1 && e.clientWidth;
        if (wide || (box.right > edge && !inside(e))) found.push(named(e));
    }
    return found;
}"""


class Page:
    """A notebook in Notebook 7, opened and with all its cells run."""

    cells = ".jp-Notebook .jp-CodeCell"

    def __init__(self, tab, path, *, queued=False):
        self.tab, self.path, self._queued = tab, path, queued
        self.errors = []
        tab.on("pageerror", self._note)

    def _note(self, error):
        self.errors.append(str(error))

    def arrive(self, url, *, theme, width, height):
        """Open the notebook and run its cells."""
        self.widen(width, height)
        self.tab.emulate_media(color_scheme=theme)
        self._load(url)
        try:
            self._begin(theme)
        except Error:  # JupyterLab came up lame, as it does once in hundreds of times: nothing in it ever runs
            self.tab.goto("about:blank")
            self._load(url)
            self._begin(theme)

    def _do(self, code, arg=None):
        return self.tab.evaluate(_IN_TIME.format(code=code, patience=PATIENCE), arg)

    def _load(self, url):
        self.tab.goto(url)

    def _begin(self, theme):
        self.idle()
        if self._queued:
            self.tab.evaluate(_QUEUE)
        self.wear(theme)
        self._do(_RUN_ALL)
        self._look()

    def _look(self):
        """Fail with the traceback if a cell has failed."""
        self.idle()
        failed = self.tab.evaluate(_FAILED)
        assert not failed, re.sub(r"\x1b\[[\d;]*m", "", "\n".join(failed))

    def idle(self):
        """Wait until the kernel has nothing to do."""
        self.tab.wait_for_function(_IDLE)

    def run(self, code):
        """Run code in a new cell below the others, and give what it says as text; an error in it fails."""
        self._do(_RUN, code)
        self._look()
        return self.said[-1]

    @contextlib.contextmanager
    def busy(self):
        """Keep the kernel busy with a cell; in Notebook 7 it then hears widgets afterwards, in JupyterLab beside it."""
        over = self.path.with_suffix(".over")
        self.tab.evaluate(f"code => void ({_RUN})(code)", _WAIT.format(over=str(over)))
        self.tab.wait_for_function(_ASKED)
        yield
        over.touch()
        # The kernel says it is idle of what it does beside the cell, too: only the cell itself knows that it has run.
        self.tab.wait_for_function(f"() => !({_ASKED})()")
        self._look()
        over.unlink()

    def run_all(self):
        """Run all cells again."""
        self._do(_RUN_ALL)
        self._look()

    @property
    def said(self):
        """What each code cell has put out, as text."""
        return self.tab.evaluate(_SAID)

    def output(self, cell=-1):
        """Give what a code cell shows, as a place to look in; they are counted from 0, or from the end."""
        return self.tab.locator(self.cells).nth(cell).locator(".jp-Cell-outputArea").first

    def restart(self):
        """Restart the kernel, as it would be without what the cells have made."""
        self._do("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
        self.idle()

    def save(self):
        """Save the notebook as its menu does, and give the file's text."""
        self._do("() => window.jupyterapp.commands.execute('docmanager:save')")
        return self.path.read_text()

    def widen(self, width, height=1000):
        """Make the window another size, in px."""
        self.tab.set_viewport_size({"width": width, "height": height})

    def wear(self, theme):
        """Change the theme, "light" or "dark"."""
        self.tab.emulate_media(color_scheme=theme)
        self.tab.wait_for_function(
            "light => document.body.dataset.jpThemeLight === light", arg=str(theme == "light").lower()
        )

    def shot(self, name, within=None):
        """Photograph the page, or a part of it, into the folder ``scratch``, which git ignores."""
        SHOTS.mkdir(exist_ok=True)
        place = SHOTS / f"{name}.png"
        (within or self.tab).screenshot(path=place, animations="disabled")
        return place

    def faults(self, selector):
        """Give the serious faults that axe-core finds in a part of the page, each in a line."""
        # The body of JupyterLab has no height, so that axe takes all words for hidden and looks at no contrast.
        self.tab.evaluate("document.body.style.height = '100vh'")
        found = Axe().run(self.tab, context=selector).response["violations"]
        self.tab.evaluate("document.body.style.height = ''")
        return [
            f"{fault['id']}: {fault['help']}: {node['html'][:200]}"
            for fault in found
            if fault["impact"] in ("serious", "critical")
            for node in fault["nodes"]
        ]

    def wide(self, within, apart=None):
        """Name what is wider than a part of the page has room for; what lies in ``apart`` may scroll."""
        return within.evaluate(f"(root, apart) => ({_WIDE})(root, apart)", apart)

    def leave(self):
        """Leave the page as one leaves it, so that what it says on leaving is said."""
        self.tab.goto("about:blank")


class LabPage(Page):
    """A notebook in JupyterLab, which takes seconds to load: what one test has loaded, the next one uses."""

    def _load(self, url):
        if self.tab.url == "about:blank":
            self.tab.goto(url)
            self.idle()
            self.tab.evaluate("window.jupyterapp.shell.collapseLeft()")  # the list of files leaves no room at 600 px
        else:
            self._do(_OPEN, self.path.name)

    def leave(self):
        self._do(_CLOSE)
        self.tab.remove_listener("pageerror", self._note)


class Shown(Page):
    """A notebook in Voila, with what its cells show: there is nothing to run or to save."""

    cells = "#rendered_cells .jp-CodeCell"

    def _begin(self, _):
        self.tab.wait_for_selector("#rendered_cells", state="visible")

    def wear(self, theme):
        if f"theme={theme}" in self.tab.url:
            return
        self.tab.goto(re.sub(r"theme=\w+", f"theme={theme}", self.tab.url))
        self._begin(theme)

    def run(self, code):
        raise AssertionError(f"Nothing can be run in Voila: {code}")


def written(place, cells):
    """Write a notebook of these cells."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(code) for code in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.write(notebook, place)
    return place
