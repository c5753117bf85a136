"""How notebooks become pages: figures, links and cells, without a browser and without Sphinx."""

import copy
import importlib.util
import json
import re
import tomllib

import address
import contents
import formulas
import lite
import live_parts
import pages
import pytest
import tidy
import vendor
from helpers import ROOT

pytestmark = pytest.mark.heavy
PNG = {"output_type": "display_data", "data": {"image/png": "iVBORw0KGgo="}}


def code(source: str, *outputs: dict) -> dict:
    return {"cell_type": "code", "id": "c", "metadata": {}, "source": source, "outputs": [*outputs]}


def prose(source: str) -> dict:
    return {"cell_type": "markdown", "id": "p", "metadata": {}, "source": source}


@pytest.fixture
def page(tmp_path):
    "A function that makes a page of cells, as if they were a lesson."

    def made(*cells: dict, live=None) -> list[dict]:
        notebook = tmp_path / "nbs" / "00_test.ipynb"
        notebook.parent.mkdir(exist_ok=True)
        notebook.write_text(json.dumps({"cells": cells, "metadata": {}}), encoding="utf-8")
        return pages.page_of(notebook, "", live)[0]["cells"]

    return made


FIGURE = "**Figure.** A line $x^2$ that rises from `a` to b. It ends high."


# Figures ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [True, False], ids=["after", "before"])
def test_the_text_of_a_figure_becomes_caption_and_alt(page, after):
    text, picture = prose(f"Look.\n\n{FIGURE}\n\nIt bends."), code("draw()", PNG)
    cells = page(prose("Guess."), *([picture, text] if after else [text, picture]))
    settings = next(c for c in cells if c["cell_type"] == "code")["metadata"]["mystnb"]
    assert settings["image"]["alt"] == "A line x^2 that rises from a to b."
    assert settings["figure"]["caption"] == FIGURE.removeprefix("**Figure.** ")
    assert "Look.\n\nIt bends." in [c["source"] for c in cells]


def test_a_picture_takes_the_text_after_it_first():
    "The one before belongs to the picture before."
    cells = [code("one()", PNG), prose(FIGURE), code("two()", PNG), prose("**Figure.** Two lines.")]
    found = pages.pictures_of(ROOT / "nbs/00_x.ipynb", cells)
    assert found[2].caption == "Two lines."


def test_a_very_short_first_sentence_takes_the_next_along(page):
    cells = page(code("draw()", PNG), prose("**Figure.** Three panels. Left: a bend. Right: none."))
    assert cells[0]["metadata"]["mystnb"]["image"]["alt"] == "Three panels. Left: a bend."


def test_a_picture_without_a_text_stops_the_build(page):
    with pytest.raises(
        pages.Undescribed, match=r"00_test.ipynb: the picture of `draw\(x\)` has no"
    ):
        page(prose("Look."), code("x = 1\ndraw(x)", PNG), prose("It bends."))


def test_a_text_without_a_picture_stops_the_build(page):
    with pytest.raises(pages.Undescribed, match="no picture for the text .* A line"):
        page(code("draw()"), prose(FIGURE))


def test_each_stored_picture_of_the_course_has_a_text_of_its_own():
    count = 0
    for notebook in pages.NOTEBOOKS:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        found = pages.pictures_of(notebook, cells)
        assert len({picture.caption for picture in found.values()}) == len(found)
        assert all(20 < len(picture.alt) < 450 for picture in found.values())
        assert not [p.alt for p in found.values() if re.search(r"[$`*\\]|\]\(", p.alt)]
        count += len(found)
    assert count > 100


# Links --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, folder, wanted",
    [
        ("see `01_dense_layer`", "lessons", "see [`01_dense_layer`](01_dense_layer.ipynb)"),
        ("`01_dense_layer`", "exercises", "[`01_dense_layer`](../lessons/01_dense_layer.ipynb)"),
        ("`DenseLayer` and `01_dense`", "lessons", "`DenseLayer` and `01_dense`"),
        ("```\n`01_dense_layer`\n```", "lessons", "```\n`01_dense_layer`\n```"),
        ("[here](01_dense_layer.ipynb)", "lessons", "[here](01_dense_layer.ipynb)"),
        (
            "[x](../nbs/03_losses.ipynb#In-a-row,-twice?)",
            "exercises",
            "[x](../lessons/03_losses.ipynb#in-a-row-twice)",
        ),
    ],
)
def test_names_and_links(text, folder, wanted):
    assert pages.linked(text, folder) == wanted


# Cells --------------------------------------------------------------------------------------------


def test_what_nbdev_was_told_becomes_tags(page):
    cells = page(
        code("#| default_exp x"),
        code("#| export\nclass A: pass"),
        code("#| hide\nimport x"),
        code("#| eval: false\nlong()"),
        code("1 + 1"),
    )
    assert [c["metadata"]["tags"] for c in cells] == [["export"], ["hide-input"], ["not-run"], []]
    assert [c["source"] for c in cells][0] == "class A: pass"


def test_a_live_cell_becomes_an_element_that_knows_its_picture(page):
    seen = []
    live = code('#| eval: false\nexplorer(draw, x=slider("x", 0, 1))')
    cells = [code("draw()", PNG), prose(FIGURE), live]
    made = page(
        *copy.deepcopy(cells),
        live=lambda call, picture, notebook: seen.append((call, picture)) or "<i></i>",
    )
    assert made[-1]["source"] == "<div><i></i></div>" and made[-1]["cell_type"] == "markdown"
    ((call, picture),) = seen
    assert call.startswith("explorer(draw") and picture.alt.startswith("A line x^2")
    assert page(*cells)[-1]["source"].startswith("explorer(draw"), "without live parts it is code"


def test_every_live_cell_of_a_lesson_becomes_an_element():
    from browser.needed import code_cells, live_cells

    count = said = 0
    for notebook in pages.NOTEBOOKS:
        if notebook.parent.name == "nbs":
            made, _ = pages.page_of(notebook, "", lambda *words: "<course-live>")
            found = sum("<course-live>" in cell["source"] for cell in made["cells"])
            assert found == len(live_cells(notebook)), [
                code_cells(notebook)[i] for i in live_cells(notebook)
            ]
            count += found
            prose = "".join(cell["source"] for cell in made["cells"])
            said += prose.count(pages.IN_A_PAGE)
            assert pages.IN_A_NOTEBOOK not in prose
    assert count >= 25 and said >= 3


# The pages between the notebooks ------------------------------------------------------------------


def test_every_notebook_has_a_place_and_every_module_a_page():
    kinds = [contents.kind_of(name) for name in pages.LESSONS]
    assert {kind: kinds.count(kind) for kind in ("lessons", "projects", "play")} == {
        "lessons": 10,
        "projects": 7,
        "play": 3,
    }
    package = {path.stem for path in (ROOT / "nn_from_scratch").glob("[!_]*.py")}
    assert set(contents.modules()) == package and "layers" in package


def test_without_mathjax_formulas_stay_and_a_line_says_so(tmp_path, monkeypatch, capsys):
    def nothing(*names):
        raise vendor.CannotFetch("no registry")

    monkeypatch.setattr(formulas, "fetch", nothing)
    assert not formulas.add_formulas(tmp_path) and (tmp_path / "tex-svg.js").exists()
    assert "as they are written in TeX: no registry" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="not built: no registry"):
        formulas.add_formulas(tmp_path, demand=True)


FORMULA = r'<span class="math x">\(x_{12}\)</span>'
SPOKEN = '<span class="visually-hidden">x_12</span>' + FORMULA.replace(
    " ", ' aria-hidden="true" ', 1
)


@pytest.mark.parametrize(
    "before, after",
    [
        ('<th class="head"><p></p></th>', "<td></td>"),
        ('<th class="head"></th>', "<td></td>"),
        (f'<th class="head"><p>{FORMULA}</p></th>', f'<th class="head"><p>{SPOKEN}</p></th>'),
        (
            "f(<dl>\n<dd><em>x</em>,</dd>\n<dd><em>y</em>,</dd>\n</dl>\n)",
            'f(<span class="sig-lines"><span class="sig-line"><em>x</em>,</span>\n'
            '<span class="sig-line"><em>y</em>,</span>\n</span>)',
        ),
        ("<dl>\n<dt>a</dt>\n<dd>b</dd>\n</dl>\n", "<dl>\n<dt>a</dt>\n<dd>b</dd>\n</dl>\n"),
    ],
    ids=["corner", "empty", "formula", "signature", "definitions"],
)
def test_what_the_theme_leaves_is_mended(before, after):
    assert tidy.tidy(before) == after


# Where it is published ----------------------------------------------------------------------------


def test_an_address_stands_in_one_place_or_nowhere(monkeypatch):
    "README and the pages name no repository and no website but those of pyproject.toml."
    monkeypatch.delenv("SITE_REPOSITORY", raising=False)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    website = project.get("urls", {}).get("Website", "")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"https://[\w.-]+\.github\.io/\S*?(?=[)\s>]|$)", readme)) == {website} - {
        ""
    }
    assert address.website() == website
    if not project.get("urls"):
        assert address.repository() == "" and address.elsewhere("nbs/x.ipynb") == {}
        assert "Binder" not in contents.banner(ROOT / "nbs/00_gradients.ipynb", lite=True)


def test_a_fork_is_named_by_the_environment(monkeypatch):
    monkeypatch.setenv("SITE_REPOSITORY", "Ada/nets")
    assert address.repository() == "Ada/nets" and address.website() == "https://ada.github.io/nets/"
    banner = contents.banner(ROOT / "nbs/00_gradients.ipynb", lite=False)
    assert "https://github.com/Ada/nets/blob/main/nbs/00_gradients.ipynb" in banner
    assert "40 minutes" in banner and "JupyterLite" not in banner and "browser" not in banner
    monkeypatch.setenv("SITE_REPOSITORY", "Ada/ada.github.io")
    assert address.website() == "https://ada.github.io/"


def test_pyproject_is_read(monkeypatch):
    monkeypatch.delenv("SITE_REPOSITORY", raising=False)
    urls = {"Repository": "https://github.com/ada/nets.git", "Website": "https://nets.example/"}
    monkeypatch.setattr(address, "urls", lambda: urls)
    assert address.repository() == "ada/nets" and address.website() == "https://nets.example/"
    monkeypatch.setenv("SITE_REPOSITORY", "Ada/Nets")  # as the workflow of that repository
    assert address.website() == "https://nets.example/"
    monkeypatch.setenv("SITE_REPOSITORY", "bob/nets")
    assert address.website() == "https://bob.github.io/nets/"


@pytest.fixture
def build_site(monkeypatch):
    "site/build.py, which takes neither Pyodide nor Sphinx."
    place = importlib.util.spec_from_file_location("build_site", ROOT / "site" / "build.py")
    module = importlib.util.module_from_spec(place)  # `build` is a package of others
    place.loader.exec_module(module)

    def run_sphinx(work, live):
        (work / "pages").mkdir()
        (work / "pages" / "index.html").write_text("new")
        (work / "pages" / "searchindex.js").touch()
        return work / "pages"

    for part in ("add_live", "add_lite", "write_sources", "add_formulas"):
        monkeypatch.setattr(module, part, lambda *words: False)
    monkeypatch.setattr(module, "run_sphinx", run_sphinx)
    return module


def test_a_website_takes_the_place_of_a_website_and_of_nothing_else(tmp_path, build_site):
    out = tmp_path / "_site"
    build_site.build(out)
    (out / "old.html").touch()
    build_site.build(out)
    assert sorted(path.name for path in out.iterdir()) == ["index.html", "searchindex.js"]
    (tmp_path / "thesis").mkdir()
    build_site.build(tmp_path / "thesis")  # it was empty
    assert (tmp_path / "thesis" / "index.html").read_text() == "new"
    for place in (tmp_path, out / "index.html"):
        with pytest.raises(SystemExit, match="--out must be a new folder, .* got "):
            build_site.build(place)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["_site", "thesis"]


def test_a_build_that_fails_leaves_the_website_before(tmp_path, build_site, monkeypatch):
    def fail(work, live, lite):
        raise pages.Undescribed("a picture")

    monkeypatch.setattr(build_site, "write_sources", fail)
    (tmp_path / "_site").mkdir()
    (tmp_path / "_site" / "searchindex.js").touch()
    (tmp_path / "_site" / "index.html").write_text("as it was")
    with pytest.raises(SystemExit, match="a picture"):
        build_site.build(tmp_path / "_site")
    assert [path.name for path in tmp_path.iterdir()] == ["_site"]
    assert (tmp_path / "_site" / "index.html").read_text() == "as it was"


def test_what_lessons_read_lies_beside_them_in_the_browser(tmp_path):
    lite.write_contents(tmp_path)
    named = {
        name
        for notebook in tmp_path.rglob("*.ipynb")
        for name in re.findall(r"benchmarks/\w+\.json|settings\.ini", notebook.read_text("utf-8"))
    }
    assert len(named) >= 5 and not [name for name in named if not (tmp_path / name).is_file()]


def test_what_python_leaves_beside_the_parts_stays_out(tmp_path, monkeypatch):
    monkeypatch.setattr(live_parts, "HERE", tmp_path)
    monkeypatch.setattr(live_parts.engine, "lay", lambda folder, download: None)
    monkeypatch.setattr(live_parts.digits, "make", lambda folder: None)
    monkeypatch.setattr(live_parts, "settings", lambda folder: {})
    (tmp_path / "live" / "__pycache__").mkdir(parents=True)
    (tmp_path / "live" / "stage.py").write_text("")
    assert live_parts.add_live(tmp_path / "out")
    made = sorted(path.name for path in (tmp_path / "out/_static/live").iterdir())
    assert made == ["settings.json", "stage.py"]
