"""All forms in tabs, in a notebook and as a page of their own."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys

from conftest import ROOT
from playwright.sync_api import expect

from browser import servers
from browser.chromium import window
from browser.hands import button


def tab(out, name):
    return out.get_by_role("tab", name=name)


def test_one_connects_and_then_goes_through_all_forms_by_keyboard(front):
    page = front.open("import flowroute_nb as fr\nfr.widgets.app()", width=600)
    out, keys = page.output(0), page.tab.keyboard
    expect(out.get_by_role("tab")).to_have_text(["Connect"])
    button(out, "Test the connection").click()
    expect(out.get_by_role("tab")).to_have_text(["Connect", "Send", "Look up", "Messages", "Costs"])
    expect(out.get_by_text("The other tabs are ready.")).to_be_visible()
    tab(out, "Connect").focus()
    for name, inside in {"Send": "To", "Look up": "Ids", "Messages": "From"}.items():
        keys.press("ArrowRight")
        expect(tab(out, name)).to_be_focused()
        expect(tab(out, name)).to_have_attribute("aria-selected", "true")
        panel = out.get_by_role("tabpanel", name=name)
        expect(panel.get_by_label(inside, exact=True)).to_be_visible()
    keys.press("Tab")
    expect(panel.get_by_label("Days")).to_be_focused()
    panel.get_by_label("Days").select_option(label="Last 30 days")
    button(panel, "Read").focus()
    keys.press("Enter")
    expect(panel.get_by_text("messages read.")).to_be_visible()
    assert page.wide(out.locator(".fr-app"), apart="input, select, .fr-grid") == []
    assert page.faults(".fr-app") == []


@contextlib.contextmanager
def served(home):
    """Serve the forms as people do, in a home of their own."""
    port = servers.free_port()
    command = [sys.executable, "-m", "flowroute_nb", "app", f"--port={port}", "--no-browser"]
    said = home / "said.txt"
    with said.open("w") as log:
        process = subprocess.Popen(
            command,
            env=servers.environment(home),
            cwd=home,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        assert servers.answers(process, url), said.read_text()
        yield url, said
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def test_the_command_serves_the_forms_on_a_sandbox_with_nothing_fetched_from_elsewhere(browser, tmp_path):
    with served(tmp_path) as (url, said):
        shown, leaving = window(browser)
        page = shown.new_page()
        page.goto(url)
        expect(page.get_by_role("tab")).to_have_text(["Send", "Look up", "Messages", "Costs"])
        expect(page).to_have_title("flowroute_nb")
        expect(page.get_by_role("heading", name="Flowroute on a sandbox")).to_be_visible()
        page.get_by_label("To", exact=True).fill("(530) 555-7784")
        page.get_by_label("Text", exact=True).fill("Gee, nice marmot!")
        page.get_by_role("button", name="Review").click()
        page.get_by_role("button", name="Send it").click()
        expect(page.locator(".fr-panel-title").first).to_have_text(re.compile("Sent|elivered"))
        expect(page.locator(".fr-panel").first).to_contain_text("mdr2-")
        page.get_by_role("tab", name="Messages").click()
        page.get_by_role("button", name="Read").click()
        page.get_by_role("button", name="Save …").click()
        page.get_by_label("Save as").fill("saved.csv")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text(f"saved in {tmp_path / 'saved.csv'}")).to_be_visible()
        shown.close()
        assert leaving == []
        assert url in said.read_text()


def test_a_port_that_is_taken_is_said_instead_of_an_address_where_something_else_is(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        command = [sys.executable, "-m", "flowroute_nb", "app", f"--port={port}", "--no-browser"]
        said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert said.returncode == 1
    assert f"Port {port} is taken" in said.stderr
    assert "The forms are at" not in said.stdout


def test_where_voila_is_missing_the_command_says_what_to_install(tmp_path):
    code = "import sys; sys.modules['voila'] = None; from flowroute_nb.cli import main; main(['app'])"
    said = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert said.returncode == 1
    assert "Install it: pip install 'flowroute-nb[app]'" in said.stderr
    assert "Traceback" not in said.stderr


def test_what_is_served_ships_with_the_package():
    assert (ROOT / "flowroute_nb" / "widgets" / "app.ipynb").exists()
    assert (ROOT / "flowroute_nb" / "widgets" / "voila" / "templates" / "offline" / "index.html.j2").exists()
