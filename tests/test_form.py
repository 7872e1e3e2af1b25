"""The frame of the forms without a page: filling in and pressing, long work, secrets, and where none can be drawn."""

import ast
import gc
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import nbformat
import pytest
from browser.trial import Trial
from ipywidgets.widgets.widget import _instances as widgets
from jupyter_client.session import Session
from nbclient import NotebookClient
from nbconvert import HTMLExporter

import flowroute_nb as fr
from flowroute_nb.widgets.parts import Secrets, quoted, written

SECRET = "planted-secret-key"


@pytest.fixture
def form():
    one = Trial()
    one.told = []
    one._face.tell = one.told.append  # what a page would be told
    yield one
    one.close()


def hear(form, **said):
    form._heard({"view": "a", **said})
    return form.told[-1]


OTHERS = set()  # threads of forms that other tests have closed, which may still be looking something up


@pytest.fixture(autouse=True)
def others():
    OTHERS.update(threading.enumerate())


def threads():
    return [each for each in threading.enumerate() if each.name == "flowroute form" and each not in OTHERS]


# ------------------------------------------------------------------ filled in and pressed


def test_what_is_filled_in_and_pressed_from_code_does_what_a_page_does(form):
    form.fill(name=" Ann ", sure=True)
    assert form.values == {"name": "Ann", "kind": "all", "day": "", "where": "here", "words": "", "sure": True}
    form.press("go", key=SECRET)
    form.press("again")
    assert (form.count, form.taken, form.status) == (1, SECRET, "Gone 1 times.")


def test_a_field_or_a_button_that_is_not_there_is_named(form):
    with pytest.raises(TypeError, match="This form has no field 'nam'. It has name, kind"):
        form.fill(nam="Ann")
    for name, value in {"kind": "none", "sure": "yes", "name": 7}.items():
        with pytest.raises(fr.InputError, match="can't stand in the field"):
            form.fill(**{name: value})
    for name, value, said in [
        ("kind", "al", "Did you mean 'all'? Give one of 'all', "),
        ("sure", "yes", "Give True or False."),
        ("day", "2026-10-40", "Give a day that exists, as '2026-10-31', or ''."),
        ("day", "20261031", "Give a day that exists"),
        ("name", 7, "Give text."),
    ]:
        with pytest.raises(fr.InputError) as refused:
            form.fill(**{name: value})
        assert said in str(refused.value)
    form.fill(day="2026-10-31")
    form.fill(day="")
    with pytest.raises(fr.InputError, match="The field 'key' keeps nothing.*press") as refused:
        form.fill(key=SECRET)
    assert SECRET not in str(refused.value)
    with pytest.raises(fr.InputError, match="There is no 'again' to press now. There is go, long, break."):
        form.press("again")


def test_a_press_counts_once_and_only_while_its_button_is_there(form):
    hear(form, typed={"name": "Ann"}, press="go")
    for token in (7, None, 0, 0, 0, True):
        hear(form, press="again", token=token)
    assert form.count == 1
    hear(form, press="close")
    hear(form, press="__init__")
    assert form.count == 1


def test_a_click_brings_what_stood_in_the_fields_when_it_was_made(form):
    shown = hear(form, typed={"name": "Ann", "words": "été"}, press="go")
    assert shown["panel"]["parts"][1] == {"bubble": "été"}
    assert shown["fields"][4]["note"] == [("3 letters ", ""), ("é", "dear", "dear"), ("é", "dear", "dear")]


def test_whatever_a_page_says_nothing_is_raised(form):
    for said in (
        {"typed": {"name": 7, "kind": "none", "sure": None, "day": ["x"], "else": ""}},
        {"typed": ["name"]},
        {"typed": "name"},
        {"press": None},
        {"press": "go", "secrets": ["x"]},
        {"press": ["go"], "token": {}},
        {},
    ):
        form._heard(said)
    assert form.values["name"] == ""
    assert form.count == 0


def test_what_one_view_typed_is_not_written_back_into_it_and_what_can_not_stand_there_is(form):
    name = hear(form, typed={"name": "Ann"})["fields"][0]
    assert (name["by"], name["version"]) == ("a", 1)
    form.fields["name"].frozen = True
    name = hear(form, typed={"name": "Eve"})["fields"][0]
    assert (name["value"], name["by"], name["version"]) == ("Ann", "", 2)


def test_a_mistake_is_said_at_its_field_until_something_else_is_typed(form):
    assert hear(form, press="go")["fields"][0]["error"] == "A name is missing. Give one."
    assert hear(form, typed={"name": "A"})["fields"][0]["error"] == ""


# ------------------------------------------------------------------ long work


def test_long_work_runs_in_one_thread_says_how_far_it_is_and_the_form_stays_alive(form):
    form.press("long")
    assert [each.daemon for each in threads()] == [True]  # a kernel ends without waiting for it
    with pytest.raises(fr.InputError, match="There is no 'go' to press now. There is cancel."):
        form.press("go")
    form.fill(name="Ann")
    assert form.future.result(20) == "finished"
    assert (form.status, form.values["name"]) == ("It has finished.", "Ann")
    assert {round(each["progress"], 3) for each in form.told if each["progress"]} == {n / 200 for n in range(1, 201)}
    assert not form.told[-1]["busy"]


def test_cancel_stops_it_and_leaves_no_thread(form):
    form.press("long")
    form.press("cancel")
    with pytest.raises(fr.InputError, match="There is nothing|There is no 'cancel'"):
        form.press("cancel")
    assert form.future.result(10) == "stopped"
    assert form.status == "It has stopped."
    assert [each["name"] for each in form.told[-1]["actions"]] == ["go", "long", "break"]
    assert threads() == []


def test_a_form_that_is_closed_stops_its_work_and_says_no_more():
    form = Trial()
    form.press("long")
    form.close()
    assert form.future.result(10) == "stopped"
    assert threads() == []


def test_an_error_nobody_foresaw_is_shown_by_its_kind_alone_and_can_be_asked_for(form):
    form.press("break")
    form.future.result(10)
    assert form.problem == "Something went wrong inside this form (ValueError). Try again; form.error has more to say."
    assert isinstance(form.error, ValueError)
    assert form.error.__traceback__ is None
    form.press("long")
    assert form.problem == ""
    form.press("cancel")
    form.future.result(10)


# ------------------------------------------------------------------ secrets


def test_a_secret_is_in_no_message_no_state_and_nothing_that_shows(form):
    said = {"view": "a", "typed": {"name": "Ann", "key": SECRET}, "press": "go", "secrets": {"key": SECRET}}
    form._heard(said)
    assert form.taken == SECRET
    del form.taken
    states = [json.dumps(each.get_state(), default=str) for each in widgets.values()]
    kept = [repr(vars(each)) for each in form.fields.values()]
    assert SECRET not in "".join([*states, *kept, repr(form), form._repr_html_(), json.dumps(form.told), form.python])


def test_a_message_holds_no_secret_once_it_was_heard(form):
    secrets = {"key": SECRET}
    said = {"press": "go", "secrets": secrets}
    form._heard(said)
    assert "secrets" not in said
    assert secrets == {}
    holder = Secrets({"key": SECRET})
    assert SECRET not in repr(holder) + str(dir(holder)) + str([getattr(holder, name) for name in holder.__slots__])
    assert [holder.take("key"), holder.take("key")] == [SECRET, None]


# ------------------------------------------------------------------ Python lines, and where no form can be drawn


@pytest.mark.parametrize("text", ["", "it's", 'say "a"', """both ' and " """, "a\nb\t\\", "“é”🎉", "\u202e\x00", "{x}"])
def test_text_is_written_as_python_that_reads_back(text):
    assert ast.literal_eval(quoted(text)) == text
    call = ast.parse(written("dict", a=text, b=[text, text], c=None, d=True)).body[0].value
    read = {each.arg: ast.literal_eval(each.value) for each in call.keywords}
    assert read == {"a": text, "b": [text, text], "c": None, "d": True}


def test_the_lines_it_shows_do_the_same(form):
    form.fill(name="it's", words='a\n"b"', sure=True)
    assert eval(form.python) == form.values  # noqa: S307  our own lines


def test_a_form_says_in_a_terminal_what_it_is_and_how_to_do_the_same():
    code = "from browser.trial import Trial; form = Trial(); form"
    for command in (["-m", "IPython", "--no-banner", "--simple-prompt", "-c", code], ["-c", f"{code}; print(form)"]):
        said = subprocess.run(
            [sys.executable, *command], cwd="tests", capture_output=True, text=True, check=True, timeout=60
        )
        assert "Trial: a form, for JupyterLab, Notebook and Voila. The same in Python:" in said.stdout
        assert said.stdout.count("print('<b>Hello</b>')") == 1
        assert "fr-kept" not in said.stdout


@pytest.fixture(scope="module")
def executed():
    """Run a form in a real kernel, which keeps the state of its widgets."""
    path = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})"
    cells = [nbformat.v4.new_code_cell(path), nbformat.v4.new_code_cell("from browser.trial import Trial; Trial()")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    return notebook, notebook.metadata.widgets


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_page_made_of_a_notebook_says_how_to_do_the_same_with_or_without_the_state_of_widgets(executed):
    notebook, state = executed
    for kept in ({"widgets": state}, {}):
        notebook.metadata = nbformat.from_dict({"language_info": {"name": "python"}, **kept})
        page, _ = HTMLExporter().from_notebook_node(notebook)
        assert page.count("Trial</strong>: a form, which needs a notebook with its kernel running.") == 1
        assert page.count("print('&lt;b&gt;Hello&lt;/b&gt;')") == 1


def test_what_is_kept_of_a_form_is_small_and_has_nothing_but_its_code(executed):
    _, state = executed
    said = json.dumps(state)
    assert 10_000 < len(said) < 40_000
    assert "Any name" not in said  # not even what its fields are


def test_forms_that_are_closed_are_let_go():
    before = len(widgets)
    form = Trial()
    assert len(widgets) > before
    form.close()
    del form
    gc.collect()
    assert len(widgets) == before


# ------------------------------------------------------------------ broken on purpose


def test_a_closed_form_does_nothing_more_whoever_asks():
    form = Trial()
    form.fill(name="Ann")
    form.close()
    form.close()
    with pytest.raises(fr.InputError, match="This form was closed"):
        form.press("go")
    form._heard({"press": "go", "typed": {"name": "Eve"}})
    form.beside(lambda _job: pytest.fail("it went on"))
    assert form.count == 0
    assert threads() == []


def test_a_closed_form_as_the_last_line_of_a_cell_says_what_it_was(capsys):
    form = Trial()
    form.close()
    form._ipython_display_()
    assert "The same in Python:" in capsys.readouterr().out


def test_a_misspelt_secret_is_a_type_error_and_no_text_is_refused_and_neither_is_said(form):
    with pytest.raises(TypeError, match="no secret field 'kye'. It has key") as wrong:
        form.press("go", kye=SECRET)
    with pytest.raises(fr.InputError, match="int was given. Give text") as other:
        form.press("go", key=7357)
    assert SECRET not in str(wrong.value)
    assert "7357" not in str(other.value)
    assert form.count == 0


@pytest.mark.parametrize("said", [None, [], "press", 7])
def test_what_is_no_message_at_all_is_not_heard(form, said):
    form._heard(said)
    assert form.count == 0


def test_half_a_character_does_not_keep_the_form_from_its_page(form):
    sent = []
    form._face.send = sent.append
    del form._face.tell
    form.fill(words="half \ud83d")
    Session().pack({"content": sent[-1]})  # as a kernel does
    assert sent[-1]["show"]["fields"][4]["value"] == "half ?"
    assert form.values["words"] == "half \ud83d"
    with pytest.raises(fr.InputError, match="can't stand in the field 'name'"):
        form.fill(name="\ud83d")


def test_python_ends_at_once_whatever_a_form_waits_for():
    code = """
import time, flowroute_nb as fr
account = fr.Sandbox(messages=50).account()
account.sandbox.fault("timeout", seconds=30, on="GET /messages", times=500)
form = fr.widgets.Messages(account)
form.fill(range="30")
form.press("read")
look = fr.widgets.Lookup(account)
look.fill(ids="mdr2-1 mdr2-2 mdr2-3")
look.press("find")
time.sleep(0.5)
"""
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert time.monotonic() - began < 20
