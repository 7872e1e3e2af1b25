"""The front ends themselves, before anything of ours is in them."""

import pytest
from playwright.sync_api import Error, expect

from browser.pages import LabPage
from browser.servers import environment

BUTTON = """
import ipywidgets
said = ipywidgets.HTML("not yet")
button = ipywidgets.Button(description="Say it")
button.on_click(lambda _: setattr(said, "value", "said by the kernel"))
ipywidgets.VBox([button, said])
"""
_PAPER = """e => {
    for (; e; e = e.parentElement) {
        const paper = getComputedStyle(e).backgroundColor;
        if (paper !== 'rgba(0, 0, 0, 0)') return paper.match(/\\d+/g).reduce((sum, each) => sum + +each, 0);
    }
}"""


def test_a_click_reaches_a_real_kernel_and_comes_back_in_either_theme(front):
    page = front.open(BUTTON, width=600)
    assert page.output(0).evaluate(_PAPER) > 600
    page.wear("dark")
    assert page.output(0).evaluate(_PAPER) < 300
    page.output(0).get_by_role("button", name="Say it").click()
    expect(page.output(0).get_by_text("said by the kernel")).to_be_visible()


LEAVE = """address => new Promise(done => {
    const left = () => done('left'), stayed = () => done('stayed');
    if (address.startsWith('ws')) Object.assign(new WebSocket(address), {onopen: left, onerror: stayed});
    else fetch(address, {mode: 'no-cors'}).then(left, stayed);
})"""


def test_a_page_that_tries_to_leave_this_machine_gets_nothing_and_fails_its_test(notebook):
    page = notebook.open("print('seen')")
    assert notebook.leaving == []
    for address in ("https://example.com/a.js", "http://192.0.2.1/a.js", "ws://example.com/a"):
        assert page.tab.evaluate(LEAVE, address) == "stayed"
        with pytest.raises(AssertionError, match=f"A page tried to leave this machine: .*{address}"):
            notebook.stayed()
    notebook.stayed()


def test_code_runs_in_a_new_cell_and_an_error_in_it_fails(notebook):
    page = notebook.open("a = 6")
    assert page.run("a * 7") == "42"
    assert page.run("print('seen')\nNone") == "seen"
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        page.run("1 / 0")


def test_what_is_saved_has_the_state_of_the_widgets(lab):
    page = lab.open("import ipywidgets; ipywidgets.HTML('planted in ' + 'the state')")
    assert "planted in the state" in page.save()


FAULTY = """
from IPython.display import HTML
HTML('<div style="overflow: auto"><p style="width: 3000px">far out</p></div><button></button>'
     '<p style="color: #eee; background: #fff">hard to read</p>')
"""


def test_what_is_too_wide_and_what_axe_finds_is_named(lab):
    page = lab.open(FAULTY, width=600)
    assert [name for name in page.wide(page.output(0)) if "far out" in name]
    assert {fault.split(":")[0] for fault in page.faults(".jp-OutputArea")} >= {"button-name", "color-contrast"}


def test_nothing_of_one_test_is_left_for_the_next(lab):
    page = lab.open("before = 'planted' in globals(); planted = True")
    lab.tidy()
    again = lab.visit(page.path)
    assert again.tab is page.tab  # JupyterLab is the same, its kernels are not
    assert again.run("before, planted") == "(False, True)"
    assert again.tab.locator(".jp-Notebook").count() == 1


def test_a_page_that_came_up_lame_is_loaded_anew(lab, monkeypatch):
    begin, begun = LabPage._begin, []

    def lame(page, theme):
        begun.append(theme)
        if len(begun) == 1:
            raise Error("This took the page too long.")
        begin(page, theme)

    monkeypatch.setattr(LabPage, "_begin", lame)
    page = lab.open("6 * 7")
    assert (len(begun), page.said) == (2, ["42"])


def test_a_notebook_that_fails_says_why_and_another_beside_it_lives(lab):
    page = lab.open("at = 1")
    with pytest.raises(AssertionError, match="NameError: name 'nobody' is not defined"):
        lab.open("nobody")
    assert page.run("at") == "1"


def test_a_server_sees_no_key_and_no_settings_of_whoever_runs_the_tests(tmp_path, monkeypatch):
    for name in ("FLOWROUTE_SECRET_KEY", "JUPYTER_TOKEN", "IPYTHONDIR", "HOME"):
        monkeypatch.setenv(name, "planted")
    assert "planted" not in environment(tmp_path).values()
