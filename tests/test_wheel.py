"""The wheel, built from what is committed and installed elsewhere, is the whole package."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def run(*command, cwd):
    elsewhere = {
        name: value for name, value in os.environ.items() if name != "PYTHONPATH"
    }  # it may name the source tree
    return subprocess.run(command, cwd=cwd, env=elsewhere, capture_output=True, text=True, check=True, timeout=120)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build it from a clean copy of the tree: no network, no build isolation."""
    tree = tmp_path_factory.mktemp("tree")
    for name in ("flowroute_nb", "notebooks", "pyproject.toml", "README.md", "LICENSE"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"))
        else:
            shutil.copy(source, tree / name)
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tree / "dist"), cwd=tree)
    (built,) = (tree / "dist").glob("*.whl")
    return built


def test_the_wheel_has_the_package_its_types_its_notebooks_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert "flowroute_nb/py.typed" in names
    assert "flowroute_nb/notebooks/01_quickstart.ipynb" in names
    assert {"flowroute_nb/widgets/face.js", "flowroute_nb/widgets/face.css"} <= set(names)
    assert "flowroute_nb/sandbox/server.py" in names
    assert zipfile.ZipFile(wheel).read("flowroute_nb/sandbox/openapi.json").startswith(b'{\n  "openapi": "3.1.0"')
    assert {f"flowroute_nb/widgets/table.{kind}" for kind in ("py", "js", "css")} <= set(names)
    assert "flowroute_nb/widgets/voila/templates/offline/index.html.j2" in names
    assert {"flowroute_nb/widgets/app.ipynb", "flowroute_nb/widgets/tabs.js"} <= set(names)
    assert not [name for name in names if not name.startswith(("flowroute_nb/", "flowroute_nb-"))]


def test_the_installed_wheel_runs_the_demo_without_the_source_tree(wheel, tmp_path):
    run(sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv"), cwd=tmp_path)
    python = tmp_path / "venv" / "bin" / "python"
    packages = Path(
        run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path).stdout.strip()
    )
    # the dependencies of the environment the tests run in, by their files; the source tree is not among them
    theirs = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "dependencies.pth").write_text("\n".join(theirs))
    zipfile.ZipFile(wheel).extractall(packages)
    where = run(python, "-c", "import flowroute_nb; print(flowroute_nb.__file__)", cwd=tmp_path).stdout
    assert where.startswith(str(packages))
    start = "from flowroute_nb.cli import main; main(['demo'], prog_name='flowroute-nb')"
    assert "5,001 records, 20 columns" in run(python, "-I", "-c", start, cwd=tmp_path).stdout
    entry = next(packages.glob("flowroute_nb-*.dist-info")) / "entry_points.txt"
    assert "flowroute-nb = flowroute_nb.cli:run" in entry.read_text()
