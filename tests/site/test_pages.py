"""The website as a reader meets it: in a browser that reaches nothing else, and as files."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import address
import pages
import pytest
from browser.harness import no_browser

pytestmark = pytest.mark.heavy
KINDS = {  # one page of each
    "start": "index",
    "lesson": "lessons/05_accuracy",
    "project": "lessons/12_mnist",
    "play": "lessons/81_playground",
    "tools": "lessons/tools",
    "tool": "lessons/91_plots",
    "exercises": "exercises/index",
    "exercise": "exercises/01_dense_layer",
    "library": "library/index",
    "module": "library/training",
    "changes": "changelog",
    "search": "search",
}
each_kind = pytest.mark.parametrize("name", KINDS.values(), ids=KINDS)


# As files -----------------------------------------------------------------------------------------


class Page(HTMLParser):
    "What a page refers to, and what can be referred to in it."

    LOADED = {"img": "src", "script": "src", "link": "href", "source": "src", "iframe": "src"}

    def __init__(self, path: Path):
        super().__init__()
        self.ids, self.links, self.loaded, self.pictures, self.titles = set(), [], [], [], 0
        self.language = None
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list) -> None:
        found = dict(attributes)
        if "id" in found:
            self.ids.add(found["id"])
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        if tag in self.LOADED and found.get(self.LOADED[tag]):
            kind = {"canonical": [], "next": self.links, "prev": self.links}
            kind.get(found.get("rel"), self.loaded).append(found[self.LOADED[tag]])
        if tag == "img":
            self.pictures.append(found)
        if tag == "html":
            self.language = found.get("lang")
        self.titles += tag == "h1"


@pytest.fixture(scope="module")
def read(site) -> dict[str, Page]:
    "All pages but JupyterLite's, by their place."
    paths = [path.relative_to(site).as_posix() for path in site.rglob("*.html")]
    return {p: Page(site / p) for p in paths if not p.startswith(("lite/", "_static/"))}


def test_all_pages_are_there(read):
    names = {name.removesuffix(".html") for name in read}
    assert set(KINDS.values()) <= names and len(names) > 90


def test_each_page_has_one_title_and_a_language(read):
    assert {name: page.titles for name, page in read.items() if page.titles != 1} == {}
    assert {page.language for page in read.values()} == {"en"}


def test_each_picture_has_an_alt_text(read):
    missing = {n: p for n, page in read.items() for p in page.pictures if not p.get("alt")}
    assert missing == {} and sum(len(page.pictures) for page in read.values()) > 150


def test_pages_load_nothing_from_elsewhere(read):
    outside = {n: u for n, page in read.items() for u in page.loaded if urlsplit(u).netloc}
    assert outside == {}


def test_all_links_and_anchors_lead_somewhere(site, read):
    "Links, and what is loaded; a page is a file, and an anchor an id in it."
    broken = []
    for name, page in read.items():
        for link in page.links + page.loaded:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = unquote(urlsplit(urljoin(name, parts.path or name.rpartition("/")[2])).path)
            if not (site / target).is_file():
                broken.append((name, link))
            elif parts.fragment and target in read:
                if unquote(parts.fragment) not in read[target].ids:
                    broken.append((name, link))
    assert broken == []


def test_pages_lead_to_a_repository_that_is_known_and_to_no_other(read):
    places = [link for page in read.values() for link in page.links if "mybinder.org" in link]
    known = address.repository()
    assert len(places) == (len(pages.NOTEBOOKS) if known else 0)
    assert all(f"/gh/{known}/" in place for place in places)


def test_lessons_follow_each_other_and_lead_to_their_exercises(read):
    lessons = sorted(n for n in read if re.match(r"lessons/[01]\d_", n))
    assert len(lessons) == 17
    for before, after in zip(lessons, lessons[1:], strict=False):
        assert Path(after).name in read[before].links and Path(before).name in read[after].links
    for lesson in lessons:
        exercises = lesson.replace("lessons/", "../exercises/")
        assert exercises in read[lesson].links
        assert f"../{lesson}" in read[exercises[3:]].links


def test_the_library_says_shapes_and_types_by_their_names(site):
    text = re.sub(r"<[^>]+>", "", (site / "library/layers.html").read_text(encoding="utf-8"))
    assert "inputs: ArrayLike" in text and "dtype: DTypeLike" in text
    assert "inputs (n, d) → output (n, k)" in text
    everything = "".join(p.read_text(encoding="utf-8") for p in (site / "library").glob("*.html"))
    assert "_NestedSequence" not in everything and "_SupportsArray" not in everything


# In a browser -------------------------------------------------------------------------------------

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


def open_page(page, url: str, size: dict, theme: str = "light") -> None:
    "Open it, and wait until its formulas are set."
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.goto(url, wait_until="load")
    page.evaluate("() => window.MathJax?.startup?.promise")


def wrong(page, served: str, name: str, violations, size: dict, theme: str) -> list[str]:
    "What is not as it must be on every page, at every size and in every light."
    open_page(page, f"{served}/{name}.html", size, theme)
    wide = page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
    return [f"{wide} pixels too wide"] * (wide > 0) + violations("html")


@each_kind
def test_a_page_of_each_kind_on_a_phone_in_the_dark(served, page, violations, name):
    assert wrong(page, served, name, violations, PHONE, "dark") == []


@each_kind
def test_a_page_of_each_kind_on_a_desk_in_the_light(served, page, violations, name):
    assert wrong(page, served, name, violations, DESK, "light") == []


OPENED = {
    "menu": "primary-toggle",
    "contents": "secondary-toggle",
    "search": "search-button__button",
    "theme": "theme-switch-button",
}


@pytest.mark.parametrize("button", OPENED.values(), ids=OPENED)
def test_what_a_button_opens_on_a_phone(served, page, violations, button):
    open_page(page, f"{served}/library/layers.html", PHONE, "dark")
    page.locator(f"button.{button}:visible").first.press("Enter")
    page.locator("dialog[open], .dropdown-menu.show").first.wait_for()
    assert violations("html") == []


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_every_page(served, read, page, violations, size, theme):
    names = [name.removesuffix(".html") for name in sorted(read)]
    found = {name: wrong(page, served, name, violations, size, theme) for name in names}
    assert {name: what for name, what in found.items() if what} == {}


def test_formulas_are_set_by_what_lies_beside_the_pages(site, served, page):
    if (site / "_static/tex-svg.js").stat().st_size < 1000:
        no_browser("MathJax could not be fetched")
    open_page(page, f"{served}/lessons/01_dense_layer.html", DESK)
    assert page.locator("mjx-container svg").count() > 50
    assert page.locator("mjx-merror, .MathJax_Error").count() == 0


def test_the_training_of_the_start_page_moves_by_keyboard(served, page):
    "By the arrows of its slider and by its button; picture and words go together."
    open_page(page, f"{served}/index.html", DESK)
    film = page.locator("course-film")
    slider, words, picture = film.locator("input"), film.locator("p"), film.locator("img")
    last = int(slider.get_attribute("max"))
    assert words.inner_text().startswith("After 300 epochs") and last > 10
    found = re.search(r"and (\d+) % of 300 new ones", words.inner_text())
    assert int(found[1]) > 94, "README's eight lines say 97"
    for _ in range(100):  # there is a way to it by Tab alone
        page.keyboard.press("Tab")
        if slider.evaluate("e => e === document.activeElement"):
            break
    page.keyboard.press("Home")
    assert words.inner_text().startswith("Before training") and slider.input_value() == "0"
    assert picture.get_attribute("alt") == words.inner_text()
    assert picture.get_attribute("src").endswith("training-00.png")
    page.keyboard.press("ArrowRight")
    assert words.inner_text().startswith("After 1 epoch:")
    assert slider.get_attribute("aria-valuetext") == "After 1 epoch"
    film.locator("button").press("Enter")
    page.wait_for_function("() => document.querySelector('course-film input').value > 2")
    film.locator("button").press("Enter")
    assert film.locator("button").inner_text() == "Train"
    assert picture.evaluate("e => e.decode().then(() => e.naturalWidth)") == 420


def test_the_search_finds_a_lesson(served, page):
    page.goto(f"{served}/search.html?q=momentum")
    found = page.locator("#search-results a", has_text="Optimizers")
    found.first.wait_for()
    assert "04_optimizers" in found.first.get_attribute("href")


def test_the_reader_chooses_the_light(served, page):
    open_page(page, f"{served}/index.html", DESK, "dark")
    theme = "() => document.documentElement.dataset.theme"
    assert page.evaluate(theme) == "dark", "at first as the system has it"
    page.locator("button.theme-switch-button").press("Enter")
    page.locator(".theme-change-button[data-mode=light]").press("Enter")
    assert page.evaluate(theme) == "light"
    page.goto(f"{served}/changelog.html")
    assert page.evaluate(theme) == "light", "and it stays so"
