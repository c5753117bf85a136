"""my_course/: the learner's copies, which nobody writes over, and the JupyterLab around them."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from helpers import ROOT


@pytest.fixture
def tasks() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tasks_of_the_course", ROOT / "tasks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def source(tmp_path) -> Path:
    "A small course: two lessons, one of them with exercises, and the settings."
    root = tmp_path / "source"
    names = ["nbs/00_gradients.ipynb", "nbs/01_dense_layer.ipynb", "exercises/00_gradients.ipynb"]
    for name in [*names, "exercises/e00_gradients.py", "settings.ini"]:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"{name} of the course", encoding="utf-8")
    return root


def files(folder: Path) -> dict[str, str]:
    found = [path for path in folder.rglob("*") if path.is_file() and path.name[0] != "."]
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in found}


def test_lessons_and_exercises_are_copied_under_their_names(tasks, source, tmp_path):
    assert tasks.copy_course(source, tmp_path / "mine") == []
    copies = files(tmp_path / "mine")
    assert set(copies) == set(files(source)) - {"exercises/e00_gradients.py"}
    assert all(text == f"{name} of the course" for name, text in copies.items())


def test_nothing_is_written_over(tasks, source, tmp_path):
    "Changed by the learner, by the course, or by both: each copy stays, and the newer are named."
    mine = tmp_path / "mine"
    tasks.copy_course(source, mine)
    both, learner, course = "nbs/00_gradients.ipynb", "settings.ini", "nbs/01_dense_layer.ipynb"
    (mine / both).write_text("my answers", encoding="utf-8")
    (mine / "exercises/00_gradients.ipynb").write_text("my solutions", encoding="utf-8")
    (mine / learner).write_text("my settings", encoding="utf-8")
    for name in (both, course, "exercises/00_gradients.ipynb"):
        (source / name).write_text("a better lesson", encoding="utf-8")
    before = files(mine)
    newer = ["exercises/00_gradients.ipynb", both, course]
    for _ in range(2):  # and it is not forgotten
        assert tasks.copy_course(source, mine) == newer
        assert files(mine) == before


def test_a_copy_that_was_put_away_is_made_anew(tasks, source, tmp_path):
    "This is how the new one is had: beside one's own."
    mine, name = tmp_path / "mine", "nbs/00_gradients.ipynb"
    tasks.copy_course(source, mine)
    (source / name).write_text("a better lesson", encoding="utf-8")
    (mine / name).rename(mine / "nbs/my_00_gradients.ipynb")
    assert tasks.copy_course(source, mine) == []
    assert (mine / name).read_text("utf-8") == "a better lesson"
    assert (mine / "nbs/my_00_gradients.ipynb").read_text("utf-8").endswith("of the course")


def test_one_s_own_copy_brought_up_to_date_by_hand_is_no_news(tasks, source, tmp_path):
    mine, name = tmp_path / "mine", "nbs/00_gradients.ipynb"
    tasks.copy_course(source, mine)
    for root in (source, mine):
        (root / name).write_text("a better lesson", encoding="utf-8")
    assert tasks.copy_course(source, mine) == []
    (mine / name).write_text("my answers in it", encoding="utf-8")
    assert tasks.copy_course(source, mine) == []


def test_a_copy_is_whole_or_not_there(tasks, source, tmp_path, monkeypatch):
    def full(path, to):
        Path(to).write_text("half of", encoding="utf-8")
        raise OSError("no space left on device")

    with monkeypatch.context() as disk, pytest.raises(OSError, match="no space"):
        disk.setattr(tasks.shutil, "copyfile", full)
        tasks.copy_course(source, tmp_path / "mine")
    tasks.copy_course(source, tmp_path / "mine")
    assert all(text.endswith(" of the course") for text in files(tmp_path / "mine").values())
    assert not list((tmp_path / "mine").rglob("*.part"))


@pytest.fixture
def installing(tasks, tmp_path, monkeypatch) -> dict:
    """Commands that are made up: what `ran`, and what `pip` is to do: "all", "nothing", or to stop
    after the first package that is "new", or after the removal of an "old" one.
    """
    state: dict = {"ran": [], "pip": "all"}

    def packages() -> Path:
        return tasks.VENV / "lib/python3/site-packages"

    def pip(extra: str) -> None:
        for name in ("one.dist-info", f"{extra}.dist-info"):
            if state["pip"] in ("all", "new") and not (packages() / name).exists():
                (packages() / name).mkdir(parents=True)
                (packages() / name / "RECORD").touch()
                if state["pip"] == "new":
                    break
        if state["pip"] == "old":
            (packages() / "one.dist-info/RECORD").unlink()
        if state["pip"] != "all":
            raise SystemExit(1)

    def run(*command):
        state["ran"].append(command[2])
        if command[2] == "venv":
            assert not tasks.VENV.exists() and not str(command[0]).startswith(str(tasks.VENV))
            tasks.BIN.mkdir(parents=True)
            tasks.tool("python").touch()
        else:
            pip(command[-1][2:-1])

    for name, path in {"VENV": "", "BIN": "bin", "STAMP": "installed.json"}.items():
        monkeypatch.setattr(tasks, name, tmp_path / ".venv" / path)
    monkeypatch.setattr(tasks, "run", run)
    monkeypatch.setattr(sys, "executable", str(tasks.tool("python")))  # it is activated
    return state


def test_what_cannot_be_fetched_costs_nothing_that_is_there(tasks, installing, capsys):
    "pip fetches all before it changes anything: so offline, or stopped by then, all is as it was."
    tasks.install("course")
    assert installing["ran"] == ["venv", "pip"]
    before = files(tasks.VENV)
    installing["pip"] = "nothing"
    with pytest.raises(SystemExit):
        tasks.install("bench")
    said = capsys.readouterr().err
    assert "bench was not installed" in said and ".venv is as it was" in said
    assert files(tasks.VENV) == before
    tasks.install("course")
    assert installing["ran"] == ["venv", "pip", "pip"]
    installing["pip"] = "all"
    tasks.install("bench")
    tasks.install("course")
    assert installing["ran"] == ["venv", "pip", "pip", "pip"]


@pytest.mark.parametrize("how", ["new", "old"])
def test_what_was_broken_off_half_way_is_made_anew(tasks, installing, how, capsys):
    tasks.install("course")
    installing["pip"] = how
    with pytest.raises(SystemExit):
        tasks.install("bench")
    assert "as it was" not in capsys.readouterr().err
    installing["pip"] = "all"
    tasks.install("course")
    assert installing["ran"] == ["venv", "pip"] + ["pip"] + ["venv", "pip"]
    assert "one.dist-info" in " ".join(files(tasks.VENV))


def out_of_date(tasks) -> dict[str, str]:
    "As after new versions came; gives what is in .venv."
    note = json.loads(tasks.STAMP.read_text(encoding="utf-8"))
    tasks.STAMP.write_text(json.dumps(note | {"files": []}), encoding="utf-8")
    return files(tasks.VENV)


@pytest.mark.parametrize("how", ["nothing", "new"])
def test_the_old_environment_goes_when_the_new_one_is_whole(tasks, installing, how, capsys):
    tasks.install("course")
    before = out_of_date(tasks)
    installing["pip"] = how
    with pytest.raises(SystemExit):
        tasks.install("course")
    assert files(tasks.VENV) == before and ".venv is as it was" in capsys.readouterr().err
    installing["pip"] = "all"
    tasks.install("course")
    assert json.loads(tasks.STAMP.read_text(encoding="utf-8"))["files"]
    assert [path.name for path in tasks.VENV.parent.glob(".venv*")] == [".venv"]


@pytest.mark.parametrize("done", [False, True])
def test_a_power_cut_while_a_new_environment_is_made(tasks, installing, done):
    "The old one comes back; or it goes, if the new one was whole."
    tasks.install("course")
    old = tasks.VENV.with_name(".venv.old")
    if done:
        old.mkdir()
    else:
        tasks.VENV.rename(old)
        tasks.BIN.mkdir(parents=True)
    before = files(tasks.VENV if done else old)
    tasks.install("course")
    assert installing["ran"] == ["venv", "pip"]
    assert files(tasks.VENV) == before and not old.exists()


def test_an_environment_without_its_python_is_made_anew(tasks, installing):
    tasks.install("course")
    tasks.tool("python").unlink()
    tasks.BIN.rmdir()
    tasks.install("course")
    assert installing["ran"] == ["venv", "pip"] * 2


@pytest.mark.parametrize("note", [None, "", "{", "[1]", "3"])
def test_without_its_note_the_later_file_is_the_newer(tasks, source, tmp_path, note):
    mine = tmp_path / "mine"
    tasks.copy_course(source, mine)
    for name, (course, own) in {
        "nbs/00_gradients.ipynb": (1, 2),
        "nbs/01_dense_layer.ipynb": (2, 1),
    }.items():
        for root, time in ((source, course), (mine, own)):
            (root / name).write_text(f"changed in {root.name}", encoding="utf-8")
            os.utime(root / name, (time, time))
    if note is None:
        (mine / ".copied.json").unlink()
    else:
        (mine / ".copied.json").write_text(note, encoding="utf-8")
    before = files(mine)
    assert tasks.copy_course(source, mine) == ["nbs/01_dense_layer.ipynb"]
    assert files(mine) == before


def test_a_link_of_the_learner_s_is_left_alone(tasks, source, tmp_path):
    "Even one that leads nowhere."
    mine = tmp_path / "mine"
    (mine / "nbs").mkdir(parents=True)
    try:
        (mine / "nbs/00_gradients.ipynb").symlink_to(tmp_path / "nowhere")
    except OSError:
        pytest.skip("no symbolic links here")
    tasks.copy_course(source, mine)
    assert (mine / "nbs/00_gradients.ipynb").is_symlink() and not (tmp_path / "nowhere").exists()


def test_links_between_notebooks_hold_in_the_copy(tasks, tmp_path):
    "From the real lessons and exercises to each other; what is elsewhere is a URL."
    tasks.copy_course(ROOT, tmp_path)
    notebooks = sorted(tmp_path.rglob("*.ipynb"))
    assert len(notebooks) > 40
    for path in notebooks:
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                for link in re.findall(r"\]\(([^)#\s]+\.\w+)[^)]*\)", "".join(cell["source"])):
                    assert "://" in link or (path.parent / link).exists(), (path.name, link)


def test_git_does_not_see_the_copies():
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"/my_course/", "/marking/"} <= set(ignored)


# JupyterLab ---------------------------------------------------------------------------------------


@pytest.fixture
def opened(tasks, source, tmp_path, monkeypatch, capsys):
    "Call a command; gives the words and the environment with which JupyterLab would start."

    def call(name: str) -> tuple[list[str], dict, str]:
        started = []
        monkeypatch.setattr(tasks, "install", lambda extra: None)
        monkeypatch.setattr(tasks, "run", lambda *words, **more: started.append((words, more)))
        monkeypatch.setattr(tasks, "COURSE", tmp_path / "mine")
        copy = tasks.copy_course
        monkeypatch.setattr(tasks, "copy_course", lambda: copy(source, tmp_path / "mine"))
        monkeypatch.setattr(sys, "argv", ["tasks.py", name, "--no-browser"])
        tasks.TASKS[name]()
        monkeypatch.setattr(tasks, "copy_course", copy)
        words, environment = started[-1]
        return [str(word) for word in words], environment, capsys.readouterr().out

    return call


def test_the_course_opens_in_the_copies(opened, source, tmp_path):
    words, environment, said = opened("course")
    assert words[1:3] == ["-m", "jupyterlab"] and "--no-browser" in words
    assert f"--ServerApp.root_dir={tmp_path / 'mine'}" in words and said == ""
    first = str(tmp_path / "mine/nbs/00_gradients.ipynb")
    assert first in words
    words, _, _ = opened("course")
    assert first not in words  # JupyterLab opens what was open
    (source / "nbs/01_dense_layer.ipynb").write_text("a better lesson", encoding="utf-8")
    _, _, said = opened("course")
    assert said.splitlines()[0] == (
        "Newer in the course: nbs/01_dense_layer.ipynb; yours are as you left them."
    )


def test_edit_opens_the_sources(opened):
    words, environment, _ = opened("edit")
    assert f"--ServerApp.root_dir={ROOT}" in words and "nbs/00_gradients.ipynb" in words
    assert environment == {}  # with all that JupyterLab has


def test_jupyterlab_asks_nothing_and_hides_what_a_learner_does_not_need(opened, tmp_path):
    "As JupyterLab itself reads its configuration."
    pytest.importorskip("jupyterlab_server")
    words, environment, _ = opened("course")
    assert "--LabApp.news_url=None" in words
    code = """
import json
from jupyterlab.commands import get_app_dir
from jupyterlab_server.config import get_page_config
from jupyterlab_server.settings_utils import get_settings
from pathlib import Path
lab = Path(get_app_dir())
settings, warnings = get_settings(str(lab / "settings"), str(lab / "schemas"), "nowhere")
defaults = {each["id"]: each["schema"].get("properties") for each in settings["settings"]}
print(json.dumps([get_page_config([])["disabledExtensions"], defaults]))
"""
    environment |= {"JUPYTER_CONFIG_DIR": str(tmp_path / "nobody")}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ | environment
    )
    assert done.returncode == 0, done.stderr
    disabled, defaults = json.loads(done.stdout)
    news = defaults["@jupyterlab/apputils-extension:notification"]
    assert news["fetchNews"]["default"] == "false" and not news["checkForUpdates"]["default"]
    browser = defaults["@jupyterlab/filebrowser-extension:browser"]
    assert browser["navigateToCurrentDirectory"]["default"] is True
    hidden = ROOT / "apps/jupyter/course/labconfig/page_config.json"
    wanted = json.loads(hidden.read_text(encoding="utf-8"))["disabledExtensions"]
    assert set(wanted) <= set(disabled) and "@jupyterlab/debugger-extension" in wanted
