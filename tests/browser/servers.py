"""The servers of notebooks: each a process of its own on a free port, with a token, in a home of its own."""

import contextlib
import json
import os
import random
import secrets
import socket
import subprocess
import sys
import time
from pathlib import Path

import requests

ROOT = Path(__file__).parent.parent.parent
WIDGETS = ROOT / "flowroute_nb" / "widgets"  # the Voila template that asks nothing of a CDN is there
TOKEN = secrets.token_hex(16)
_PATIENCE = 60  # s until a server that doesn't answer fails

#: What the tests want of JupyterLab and Notebook: every cell drawn, quiet, and the theme that the browser prefers.
SETTINGS = {
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension:notification": {
        "checkForUpdates": False,
        "doNotDisturbMode": True,
        "fetchNews": "false",
    },
    "@jupyterlab/apputils-extension:themes": {"adaptive-theme": True},
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
    # Off by default; whatever is in a widget's state is then in the file, so a test of the file sees the worst.
    "@jupyter-widgets/jupyterlab-manager:plugin": {"saveState": True},
}


def environment(home):
    """Give an environment in which nothing of the user's own settings, keys or kernels is seen."""
    mine = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "IPYTHON", "FLOWROUTE_", "COVERAGE_"))}
    places = {"JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "run"}
    return {
        **mine,
        "HOME": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        **{name: str(home / folder) for name, folder in places.items()},
        "JUPYTER_PATH": str(WIDGETS),
        "JUPYTER_PREFER_ENV_PATH": "1",
        # this package, wherever another one is installed; and a cell may import what the tests make
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")]),
    }


def free_port():
    """Give a port that is free, from where the system takes none by itself, so that it stays free until it is used."""
    for port in random.sample(range(20_000, 30_000), 100):
        with socket.socket() as line, contextlib.suppress(OSError):
            line.bind(("127.0.0.1", port))
            return port
    raise AssertionError("There is no free port from 20000 to 30000.")


def _command(kind, home, port):
    """Say how each of them is started."""
    notebooks = str(home / "notebooks")
    if kind == "voila":
        ours = [f"--port={port}", "--Voila.ip=127.0.0.1", f"--token={TOKEN}", "--template=offline"]
        return [sys.executable, "-m", "voila", notebooks, "--no-browser", *ours]
    return [
        *(sys.executable, "-m", "jupyterlab" if kind == "lab" else "notebook", notebooks),
        *("--no-browser", "--allow-root", f"--IdentityProvider.token={TOKEN}"),
        *("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"),
        *("--LabApp.expose_app_in_browser=True", "--JupyterNotebookApp.expose_app_in_browser=True"),
        *(f"--{app}.app_settings_dir={home / 'settings'}" for app in ("LabApp", "JupyterNotebookApp")),
        "--ServerApp.terminals_enabled=False",
    ]


@contextlib.contextmanager
def running(kind, home):
    """Run a server; give its address and the folder of its notebooks."""
    for folder in ("notebooks", "settings"):
        (home / folder).mkdir()
    (home / "settings" / "overrides.json").write_text(json.dumps(SETTINGS))
    port, said = free_port(), home / "said.txt"
    with said.open("w") as log:
        command = _command(kind, home, port)
        server = subprocess.Popen(command, env=environment(home), cwd=home, stdout=log, stderr=subprocess.STDOUT)
    try:
        url = f"http://127.0.0.1:{port}"
        assert answers(server, f"{url}/{'' if kind == 'voila' else 'api/status'}"), said.read_text()
        yield url, home / "notebooks"
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def answers(server, url):
    """Wait until the server answers; one that doesn't know our token is another's, on a port that both have taken."""
    until = time.monotonic() + _PATIENCE
    with asking() as session:
        while time.monotonic() < until and server.poll() is None:
            with contextlib.suppress(requests.ConnectionError):
                if session.get(url, timeout=_PATIENCE, allow_redirects=False).status_code == requests.codes.ok:
                    return True
            time.sleep(0.05)
    return False


def asking():
    """Give a session that may ask a server."""
    session = requests.Session()
    session.trust_env = False  # no proxy stands between
    session.headers["Authorization"] = f"token {TOKEN}"
    return session
