"""The house as it stands: who imports whom, which library comes in by which door, and what is kept out of the files."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import flowroute_nb as fr

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "flowroute_nb"
ROOMS = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__main__.py" and path != PACKAGE / "__init__.py")

# A room, and the rooms of ours it may import. Further up the river, never down.
NEIGHBOURS = {
    "errors": "",
    "interrupts": "",
    "tracebacks": "errors interrupts",
    "forking": "",
    "schema": "",
    "validation": "",
    "wording": "",
    "cards": "",
    "credentials": "errors tracebacks",
    "phone": "errors schema",
    "alphabet": "",
    "counting": "alphabet",
    "marks": "alphabet cards",
    "text": "alphabet counting errors marks schema",
    "wire": "errors",
    "items": "",
    "mending": "items",
    "media": "items",
    "reader": "errors items media mending",
    "connection": "",
    "unsent": "connection",
    "line": "connection errors unsent wire",
    "client": "connection errors forking line wire",
    "ranges": "errors validation",
    "columns": "phone schema text mending",
    "records": "atomic_files errors schema columns files reader",
    "files": "atomic_files columns errors excel integrity ranges schema",
    "integrity": "errors columns",
    "excel": "errors schema",
    "atomic_files": "errors",
    "details": "errors schema columns mending reader records",
    "drafts": "errors phone text wire validation",
    "sent": "cards errors phone records tracebacks wire",
    "gathering": "errors forking wire ranges columns reader records",
    "progress": "ranges",
    "pasted": "errors",
    "resources": "errors items mending phone records schema wire",
    "belongings": "drafts errors gathering phone records resources schema tracebacks wire wording",
    "reading": "errors gathering progress ranges tracebacks wire validation",
    "tables": "errors",
    "engines": "errors tables",
    "zones": "errors tables",
    "tags": "engines errors phone schema validation",
    "ruling": "errors tags",
    "keys": "errors schema tables tags wording",
    "laying": "errors records schema zones",
    "summary": "engines errors keys laying ranges records tables tags zones validation",
    "sightings": "columns engines schema tables zones",
    "price_levels": "",
    "rating": "details errors price_levels records schema sightings text",
    "estimating": "cards drafts errors forking rating records text tracebacks wording",
    "change": "errors laying ranges records schema sightings summary",
    "auditing": "cards errors rating records schema sightings text wording",
    "differing": "wording",
    "agreeing": "details differing errors ranges records schema sightings",
    "daily": "engines errors records summary",
    "oddity": "daily engines errors records schema summary wording validation",
    "level": "errors",
    "outlook": "cards daily errors level oddity ranges records wording validation",
    "costs": "agreeing auditing change oddity outlook rating summary tags",
    "dating": "wording",
    "ink": "",
    "picture": "atomic_files cards errors ink",
    "sheet": "ink picture",
    "scales": "ink picture sheet wording",
    "figures": "costs errors ranges records wording",
    "stacks": "dating errors figures scales sheet wording",
    "weekly": "errors figures scales sheet wording",
    "ranks": "errors figures ink scales sheet wording validation",
    "trends": "dating errors figures ink scales sheet wording",
    "bridges": "errors figures ink scales sheet wording",
    "bands": "dating errors figures ink outlook scales sheet wording",
    "dearness": "alphabet counting engines errors ranks sheet text wording validation",
    "charts": "bands bridges dearness ranks stacks trends weekly",
    "settlement": "errors gathering phone ranges reader wire",
    "account": "belongings cards credentials client drafts errors estimating phone ranges reading sandbox sent "
    "tracebacks validation wire",
    "widgets": "account cards charts costs credentials details drafts errors files pasted phone picture ranges records "
    "ruling sandbox schema settlement text validation widgets wire wording",
    "sandbox": "errors sandbox validation",
    "sandbox.house": "errors sandbox account",  # Sandbox.account() imports account inside the method
    "processes": "",
    "send_command": "errors processes",
    "cli": (
        "account atomic_files credentials demo errors files processes ranges ruling sandbox send_command wire wording"
    ),
    "demo": "",
    "testing": "errors",
}

# A library that has one door, and the rooms that are it.
DOORS = {
    "requests": "connection line testing unsent",
    "urllib3": "connection line unsent",
    # columns, files and details read JSON text that was kept
    "msgspec": "wire resources items mending media reader columns files integrity details pasted",
    "json": "excel mending reader sandbox",  # pages that a strict decoder refuses whole
    "pyarrow": "columns records files integrity gathering engines sightings tables",
    "narwhals": "engines keys sightings summary tables tags zones",
    "statsmodels": "level",
    "scipy": "level",
    "phonenumbers": "phone",
    "keyring": "credentials",
    # files: places and modes; environ in credentials alone
    "os": "atomic_files credentials files forking records sandbox.database sandbox.lifetime cli processes send_command",
    "click": "cli send_command",
    "ipywidgets": "widgets",
    "openpyxl": "excel",
    "anywidget": "widgets",
    "matplotlib": "ink picture scales sheet",
    "tqdm": "progress",
    "sqlite3": "sandbox.database",
    "http": "connection line sandbox.delivery sandbox.heads sandbox.media",
    "socketserver": "",
    "socket": "connection line unsent sandbox.delivery sandbox.port sandbox.talking",
    "selectors": "sandbox.port",
    "subprocess": "processes",
    "random": "client sandbox.past",
    "ssl": "unsent sandbox.delivery",
    "time": "account client connection line sandbox.clock sandbox.database sandbox.delivery sandbox.log sandbox.port "
    "sandbox.talking interrupts processes settlement widgets",
    "threading": "client connection estimating interrupts line cli picture processes sandbox testing send_command "
    "settlement widgets",
}


def room(path):
    name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    return name.removesuffix(".__init__")


def allowed(table, name):
    return set(table.get(name, table.get(name.split(".")[0], "")).split())


def imports(source):
    """Give what a source imports: ours as ``.room``, libraries by their first name; types alone don't count."""
    tree = ast.parse(source)
    for node in list(ast.walk(tree)):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = [ast.Pass()]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            ours = "flowroute_nb" if node.level else ""  # from . and from .room, too, are ours
            names = [(".".join(filter(None, (ours, node.module))), alias.name) for alias in node.names]
        elif isinstance(node, ast.Call) and re.search(r"\b(import_module|__import__)$", ast.unparse(node.func)):
            names = [(node.args[0].value, "")] if node.args and isinstance(node.args[0], ast.Constant) else []
        else:
            continue
        for module, name in names:
            first, *rest = module.split(".")
            yield f".{rest[0] if rest else name}" if first == "flowroute_nb" else first


def trespasses(name, source):
    """Name what came in by another door than the tables allow."""
    for each in imports(source):
        if each.startswith("."):
            ours = each[1:]
            if ours not in allowed(NEIGHBOURS, name) and ours:
                yield f"{name} imports its neighbour {ours}"
        elif each in DOORS and not allowed(DOORS, each) & {name, name.split(".")[0]}:
            yield f"{name} imports {each}, whose door is {DOORS[each] or 'not there yet'}"


@pytest.mark.parametrize("path", ROOMS, ids=room)
def test_nothing_comes_in_by_another_door(path):
    assert list(trespasses(room(path), path.read_text())) == []


@pytest.mark.parametrize(
    ("name", "source", "said"),
    [
        ("wire", "import requests", "wire imports requests"),
        ("phone", "from flowroute_nb.client import Client", "phone imports its neighbour client"),
        ("records", "from flowroute_nb import account", "records imports its neighbour account"),
        ("sandbox.routes", "from flowroute_nb.text import segments", "sandbox.routes imports its neighbour text"),
        ("account", "def f():\n    import ipywidgets", "account imports ipywidgets"),
        ("ranges", "import time", "ranges imports time"),
        ("phone", "from .client import Client", "phone imports its neighbour client"),
        ("records", "from . import account", "records imports its neighbour account"),
        ("text", "importlib.import_module('flowroute_nb.client')", "text imports its neighbour client"),
        ("wire", "__import__('requests')", "wire imports requests"),
    ],
)
def test_a_wrong_door_is_found(name, source, said):
    assert [each for each in trespasses(name, source) if said in each]


def test_every_room_stands_in_the_table():
    assert {room(path).split(".")[0] for path in ROOMS} == {name.split(".")[0] for name in NEIGHBOURS}


def test_contributing_says_of_every_room_what_it_is_for():
    first = re.findall(r"^\| (`.*?) \|", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    named = {name for cell in first for name in re.findall(r"`(\w+)`", cell)}
    rooms = {path.stem for path in ROOMS if path.parent in (PACKAGE, PACKAGE / "sandbox")}
    assert rooms - named == {"__init__"}


def test_only_credentials_reads_the_environment():
    readers = [
        room(path)
        for path in ROOMS
        if re.search(r"\benviron\b|\bgetenv\b", path.read_text()) and "os.environ" in path.read_text()
    ]
    assert readers == ["credentials"]


def test_only_account_and_the_sandbox_s_clock_ask_what_time_it_is():
    askers = [
        room(path)
        for path in ROOMS
        if re.search(r"datetime\.now\(|\.utcnow\(|date\.today\(|Timestamp\.now\(", path.read_text())
    ]
    assert askers == ["account", "sandbox.clock"]


def looks_at_the_story(source):
    """Find where a source looks at what was planted in the sandbox's past, by whatever way."""
    for node in ast.walk(ast.parse(source)):
        said = [getattr(node, name, None) for name in ("attr", "value", "id", "module")]
        if isinstance(node, ast.Import | ast.ImportFrom):
            said += [alias.name for alias in node.names]
        words = [word for each in said if isinstance(each, str) for word in each.split(".")]
        if {"story", "Story", "measures"} & set(words):
            yield ast.unparse(node)


@pytest.mark.parametrize("path", [path for path in ROOMS if not room(path).startswith("sandbox.")], ids=room)
def test_nobody_but_the_sandbox_looks_at_what_was_planted(path):
    assert list(looks_at_the_story(path.read_text())) == []


def test_in_the_sandbox_only_who_tells_or_shows_the_past_looks_at_what_was_planted():
    lookers = {room(path) for path in ROOMS if list(looks_at_the_story(path.read_text()))}
    assert lookers == {"sandbox.house", "sandbox.past", "sandbox.story", "sandbox.words"}


@pytest.mark.parametrize(
    "source",
    [
        "account.sandbox.story.odd_day",
        "getattr(sandbox, 'story')",
        "from flowroute_nb.sandbox.past import Story",
        "from flowroute_nb.sandbox import measures",
        "import flowroute_nb.sandbox.story as answers",
        "operator.attrgetter('sandbox.story')(account)",
    ],
)
def test_a_look_at_the_story_is_found(source):
    assert list(looks_at_the_story(source))


def test_no_room_is_called_like_something_the_front_door_exports():
    doors = {"charts", "costs", "errors", "widgets"}
    assert not {room(path) for path in ROOMS if "." not in room(path)} & (set(fr.__all__) - doors)


@pytest.mark.parametrize("path", ROOMS, ids=room)
def test_a_room_says_in_its_first_line_what_it_is_for_and_stays_small(path):
    source = path.read_text()
    assert len(source.splitlines()[0]) > 20
    assert source.startswith('"""')
    assert len(source.splitlines()) <= 420


def test_everything_at_the_front_door_is_there_and_documented():
    for name in fr.__all__:
        assert getattr(fr, name).__doc__
    with pytest.raises(AttributeError, match="has no attribute 'acount'"):
        fr.acount  # noqa: B018  the look-up is the test


def loaded_by(code):
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(said.stdout.split())


def test_importing_it_loads_neither_forms_nor_pictures_nor_the_sandbox():
    loaded = loaded_by("import sys, flowroute_nb; print(*sys.modules)")
    assert "flowroute_nb" in loaded
    heavy = {
        "ipywidgets",
        "anywidget",
        "matplotlib",
        "plotly",
        "narwhals",
        "statsmodels",
        "click",
        "tqdm",
        "sqlite3",
        "http.server",
    }
    assert not loaded & {*heavy, "flowroute_nb.sandbox", "flowroute_nb.widgets"}


def test_costs_load_no_statistics_until_somebody_asks_for_a_forecast():
    loaded = loaded_by("import sys, flowroute_nb.costs; print(*sys.modules)")
    assert "flowroute_nb.outlook" in loaded
    assert not loaded & {"statsmodels", "scipy", "matplotlib"}


def tracked():
    """Give every file that is committed or would be; without git, what lies where such files lie."""
    asked = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0:
        return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]
    folders = ("flowroute_nb", "tests", "cassettes", "notebooks")
    found = [path for folder in folders for path in (ROOT / folder).rglob("*") if "__pycache__" not in path.parts]
    return [path for path in [*ROOT.glob("*"), *found] if path.is_file()]


# Halves, so that this file doesn't name them itself.
REGISTRIES = (
    "pypi" + ".org",
    "python" + "hosted",
    "npm" + "js",
    "debian" + ".org",
    "ana" + "conda.org",
    "crates" + ".io",
)
MACHINES = re.compile(r"(?<![\w.~])/(?:" + "wo" + "rk|ro" + "ot|ho" + r"me)(?:/[\w.]|[\s\"'`:,)]|$)")


def named(said):
    """Find the registries and the places of somebody's machine in a text; a project's own page may be linked."""
    linked = re.sub(r"https://\S+/project/", "", said)
    return [host for host in REGISTRIES if host in linked] + [found[0].strip() for found in MACHINES.finditer(said)]


def test_no_file_names_a_package_registry_or_a_path_of_somebody_s_machine():
    files = [path for path in tracked() if path.suffix not in (".png", ".parquet")]
    assert ROOT / "pyproject.toml" in files
    assert {path.name: found for path in files if (found := named(path.read_text(errors="replace")))} == {}


@pytest.mark.parametrize(
    "said",
    ["https://files.python" + "hosted.org/a.whl", "cd /wo" + "rk", "'/ro" + "ot/.config'", "at /ho" + "me/me/a.py:3"],
)
def test_a_registry_or_a_place_is_found(said):
    assert named(said)


def test_no_committed_file_is_large():
    assert [path for path in tracked() if path.exists() and path.stat().st_size > 200_000] == []


LEAVERS = """
import os, socket, threading, pytest

def test_stays_here():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass
    one, other = socket.socketpair()
    one.close(), other.close()

def test_has_no_keys():
    assert not [name for name in os.environ if name.startswith("FLOWROUTE_")]
    with pytest.raises(ImportError):
        import keyring

def test_looks_a_name_up():
    socket.create_connection(("api.example.com", 443))

def test_goes_to_a_number():
    with socket.socket() as line:
        line.connect_ex(("192.0.2.1", 443))

def test_sends_a_datagram():
    with socket.socket(type=socket.SOCK_DGRAM) as line:
        line.sendto(b"", ("192.0.2.1", 53))

def test_swallows_the_refusal():
    try:
        socket.gethostbyname("api.example.com")
    except BaseException:
        pass

def test_leaves_in_a_thread():
    def leave():
        try:
            socket.getaddrinfo("api.example.com", 443)
        except BaseException:
            pass
    thread = threading.Thread(target=leave)
    thread.start()
    thread.join()
"""


def test_a_test_that_leaves_this_machine_fails_and_none_sees_a_key(tmp_path):
    place = tmp_path / "test_leavers.py"
    place.write_text(LEAVERS)
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests"), "FLOWROUTE_SECRET_KEY": "seen"}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "conftest",
        "-p",
        "no:cacheprovider",
        "-rA",
        "--tb=short",
        str(place),
    ]
    said = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True).stdout
    ended = {outcome: set(re.findall(rf"^{outcome} \S+::(\w+)", said, re.MULTILINE)) for outcome in ("FAILED", "ERROR")}
    fell = {"test_looks_a_name_up", "test_goes_to_a_number", "test_sends_a_datagram"}
    assert ended["FAILED"] == fell
    assert ended["ERROR"] == fell | {"test_swallows_the_refusal", "test_leaves_in_a_thread"}
    assert set(re.findall(r"^PASSED \S+::(\w+)", said, re.MULTILINE)) >= {"test_stays_here", "test_has_no_keys"}
    assert "A test must not leave this machine, and this one asked for api.example.com." in said
