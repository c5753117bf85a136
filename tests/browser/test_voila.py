"""The playground and the digit pad as an app: Voila, in a real browser."""

import re
import shutil
import time

import pytest

from .harness import (
    EXPLORER,
    PIXELS,
    ROOT,
    keep,
    look_at_neurons,
    move_every_control,
    needs_voila,
    state_of,
    wait_for_other_picture,
    wait_until_it_says,
    watched_page,
    write_notebook,
)
from .test_lab import FRAMEWORK, THREE

APP = ROOT / "apps" / "playground.ipynb"
needs_app = pytest.mark.skipif(not APP.exists(), reason="apps/playground.ipynb is not written yet")


def test_three_explorers_work_without_their_code(page, voila, screenshots, tmp_path):
    needs_voila()
    server = voila(write_notebook(tmp_path / "three.ipynb", FRAMEWORK, *THREE))
    page.goto(server.url, timeout=180_000)  # it is all there when all cells have run
    explorers = page.locator(EXPLORER)
    explorers.nth(2).wait_for(timeout=60_000)
    assert explorers.count() == 3
    assert "picture_of" not in page.content(), "the code cells are shown"
    for i, widget in enumerate(explorers.all()):
        keep(widget, screenshots, f"voila-stub-{i}")
        move_every_control(widget)


@pytest.fixture(scope="module")
def app(browser, outside, voila, tmp_path_factory):
    "The app, opened: the page, when the playground and the digit pad have their pictures."
    needs_voila()
    server = voila(shutil.copytree(APP.parent, tmp_path_factory.mktemp("app") / "apps") / APP.name)
    with watched_page(browser, outside) as page:
        page.goto(server.url, timeout=180_000)  # it is all there when all cells have run
        for name in ("nnfs-picture", "nnfs-canvas"):
            page.locator(f".{name}").first.wait_for(timeout=120_000)
        yield page


def part_with(page, name: str):
    "The innermost box around the element of this class that has words: one explorer."
    return page.locator(f".widget-vbox:has(.{name}):has([role=status])").last


def accuracy_told(widget) -> float:
    "The test accuracy that the words of the playground tell, in percent."
    words = state_of(widget)["words"]
    found = re.search(r"test accuracy\D{0,20}?([\d.]+) ?%", words, re.IGNORECASE)
    assert found, f"no test accuracy in {words!r}"
    return float(found[1])


@needs_app
def test_playground_learns_the_spirals_and_pauses(app, screenshots):
    playground = part_with(app, "nnfs-run")
    look_at_neurons(playground)
    first = state_of(playground)
    keep(playground, screenshots, "playground-start")
    playground.locator(".nnfs-step").press("Enter")
    picture = wait_for_other_picture(playground, first["picture"], 10)

    playground.locator(".nnfs-run").press("Enter")
    network = playground.locator("canvas").first
    n_frames, start, drawn = 0, time.monotonic(), {network.evaluate(PIXELS)}
    while n_frames < 50:
        picture, n_frames = wait_for_other_picture(playground, picture, 10), n_frames + 1
        drawn.add(network.evaluate(PIXELS))
    per_second = n_frames / (time.monotonic() - start)
    print(f"playground: {per_second:.1f} frames a second, as seen by the test")
    assert len(drawn) > 25, "the network's picture stays as it is"
    end = time.monotonic() + 60
    while accuracy_told(playground) <= 90:
        assert time.monotonic() < end, f"test accuracy stays at {accuracy_told(playground)} %"
        app.wait_for_timeout(200)

    playground.locator(".nnfs-pause").press("Enter")
    paused = wait_until_it_says(playground, "Paused")
    app.wait_for_timeout(1500)
    assert state_of(playground) == paused, "the playground goes on after Pause"
    keep(playground, screenshots, "playground-trained")

    playground.locator(".nnfs-reset").press("Enter")
    wait_for_other_picture(playground, paused["picture"], 10)
    picture = wait_until_it_says(playground, "Paused")["picture"]
    assert picture == first["picture"], "Reset is not the start"


@needs_app
def test_a_digit_drawn_with_the_mouse_is_classified_and_cleared(app, screenshots):
    pad = part_with(app, "nnfs-canvas")
    canvas = pad.locator(".nnfs-canvas")
    canvas.scroll_into_view_if_needed()
    box, first = canvas.bounding_box(), state_of(pad)
    # a one: a stroke from above to below
    x, top, bottom = box["x"] + box["width"] / 2, box["y"] + box["height"] / 5, box["height"] * 0.6
    app.mouse.move(x, top)
    app.mouse.down()
    app.mouse.move(x, top + bottom, steps=20)
    app.mouse.up()
    wait_for_other_picture(pad, first["picture"], 10)
    app.wait_for_timeout(1500)  # until the whole stroke has been looked at
    drawn = wait_until_it_says(pad, "Most likely")
    assert re.search(r"\b1\b", drawn["words"]), f"a vertical stroke is no 1: {drawn['words']!r}"
    keep(pad, screenshots, "digit-pad")
    pad.locator(".nnfs-clear").press("Enter")
    wait_for_other_picture(pad, drawn["picture"], 10)
    assert wait_until_it_says(pad, first["words"]) == first, "Clear does not empty the pad"
