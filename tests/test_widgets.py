"""The shell of every widget: picture and words, controls that are heard, a loop that rests."""

import asyncio
import io

import numpy as np
import pytest

pytest.importorskip("ipywidgets")

import ipywidgets  # noqa: E402
from matplotlib import pyplot as plt  # noqa: E402

from nn_from_scratch import widgets as w  # noqa: E402


def line(height, width=1):
    "A figure with one line, and words."
    figure, (ax,) = w.sheet()
    ax.plot([0, 1], [0, height], lw=width)
    ax.set_ylim(0, 10)
    figure.set_label(f"A line up to {height}.")
    return figure


def pixels(png):
    return np.round(255 * plt.imread(io.BytesIO(png)))[:, :, :3]


# By hand ----------------------------------------------------------------------------------------


def test_a_sheet_is_unknown_to_pyplot():
    before = plt.get_fignums()
    figure, axes = w.sheet(3, (2, 1.5))
    assert plt.get_fignums() == before and axes.shape == (3,) and figure.axes == list(axes)
    assert figure.get_size_inches().tolist() == [6, 1.5]
    boxes = [ax.get_position() for ax in axes]
    assert all(a.x1 < b.x0 for a, b in zip(boxes, boxes[1:], strict=False))
    assert boxes[0].x0 * 6 == pytest.approx(0.7) and (1 - boxes[-1].x1) * 6 == pytest.approx(0.15)
    assert boxes[0].y0 * 1.5 == pytest.approx(0.5) and (1 - boxes[0].y1) * 1.5 == pytest.approx(0.3)


def test_a_png_is_the_figure():
    assert w.png(line(3)).startswith(b"\x89PNG") and w.png(line(3)) == w.png(line(3))
    assert pixels(w.png(line(3))).shape == (300, 400, 3)


def test_words_are_for_screen_readers_too():
    picture, words = w.screen()
    assert picture.format == "png" and words.value == ""
    assert picture.layout.align_self == "flex-start"
    w.say(words, "2 < 3 & so on")
    assert 'role="status"' in words.value and 'aria-live="polite"' in words.value
    assert ">2 &lt; 3 &amp; so on<" in words.value
    w.say(words, "epoch 7", aloud=False)
    assert words.value == '<p role="status" aria-live="off">epoch 7</p>'


def test_the_picture_follows_and_reset_draws_once():
    drawn = []

    def draw(a, b):
        drawn.append((a, b))
        return line(a + b)

    shell = w.explorer(draw, a=w.slider("a", 0, 9, 1, 1), b=w.slider("b", 0, 9, 2, 1))
    a, b, reset, picture, words = shell.children
    first = picture.value
    assert drawn == [(1, 2)] and first == w.png(line(3)) and "up to 3." in words.value
    assert "nnfs-explorer" in shell._dom_classes
    a.value, b.value = 5, 4
    assert drawn[1:] == [(5, 2), (5, 4)] and picture.value == w.png(line(9))
    drawn.clear()
    reset.click()
    assert drawn == [(1, 2)] and picture.value == first and (a.value, b.value) == (1, 2)
    a.value = 3
    assert drawn == [(1, 2), (3, 2)]  # it listens again


def test_controls():
    whole, real = w.slider("n", 1, 9, 3, 1), w.slider("x", -1, 1, 0.5, readout_format=".3f")
    assert type(whole) is ipywidgets.IntSlider and type(real) is ipywidgets.FloatSlider
    assert (real.min, real.max, real.value, real.step) == (-1, 1, 0.5, 0.1)
    assert real.readout_format == ".3f"
    some, other = w.choice("kind", ["a", "b"]), w.choice("kind", ["a", "b"], "b")
    assert (some.value, other.value, some.options) == ("a", "b", ("a", "b"))
    for control in (whole, real, some):
        assert control.description and control.style.description_width == "12em"
        assert control.layout.width == "32em"


def test_everything_has_its_place_and_name():
    "Lists are columns, rows without parts are left out, and a part alone is its own row."
    controls = [w.slider(f"{i}", 0, 1, 0) for i in range(5)]
    (picture, words), go = w.screen(), ipywidgets.Button(description="Go")
    parts = {"part_3": [controls[3]], "many": controls[:3], "go": [go], "words": [words]}
    rows = [[controls[:3], [], controls[3:]], [], [go, picture], [words]]
    box = w.arrange("thing", parts, rows)
    columns, row, below = box.children
    assert [column.children for column in columns.children] == [
        tuple(controls[:3]),
        tuple(controls[3:]),
    ]
    assert row.children == (go, picture) and below is words
    assert columns.layout.flex_flow == row.layout.flex_flow == "row wrap"
    named = {"thing": box, "go": go, "part-3": controls[3], "words": words, "many": controls[1]}
    for name, part in named.items():
        assert f"nnfs-{name}" in part._dom_classes


def test_a_slate_shows_what_the_figure_would():
    "Nothing of the frame before is left; the ground is drawn once, or when a limit has changed."
    figure = line(3)
    (ax,) = figure.axes
    slate, drawn = w.Slate(figure, ax.lines), []
    draw = slate.canvas.draw
    slate.canvas.draw = lambda: drawn.append(1) or draw()
    for height, limit in ((3, 10), (8, 10), (1, 10), (8, 20), (2, 20)):
        ax.lines[0].set_ydata([0, height])
        ax.set_ylim(0, limit)
        still = line(height)
        still.axes[0].set_ylim(0, limit)
        fast, slow = pixels(slate.png()), pixels(w.png(still))
        assert fast.shape == slow.shape
        assert np.mean(np.abs(fast - slow) > 60) < 0.002, height  # the line crosses the frame
    assert len(drawn) == 2


def test_the_loop_runs_until_paused_and_once_only():
    async def work():
        frames = []
        loop = w.Loop(lambda: (frames.append(1), len(frames) == 3 and loop.pause()))
        assert not loop.going
        loop.run()
        task = loop.task
        loop.run()
        assert loop.going and loop.task is task  # never two
        await asyncio.wait_for(task, 10)
        assert len(frames) == 3 and not loop.going
        loop.run()  # goes on
        await asyncio.sleep(0.1)
        assert len(frames) > 4 and loop.going
        other = w.Loop(lambda: None)  # pauses the one before
        assert not loop.going and not other.going
        await asyncio.wait_for(loop.task, 10)
        other.run()
        assert other.going
        loop.run()
        assert loop.going and not other.going
        loop.pause()
        await asyncio.wait_for(asyncio.gather(loop.task, other.task), 10)

    asyncio.run(work())


def test_others_get_their_turn():
    async def work():
        turns = []

        async def other():
            while loop.going:
                turns.append("other")
                await asyncio.sleep(0)

        loop = w.Loop(lambda: (turns.append("loop"), turns.count("loop") == 5 and loop.pause()))
        loop.run()
        await asyncio.wait_for(asyncio.gather(loop.task, other()), 10)
        first, last = turns.index("loop"), len(turns) - turns[::-1].index("loop")
        assert "other" in turns[first:last]

    asyncio.run(work())


# Errors -----------------------------------------------------------------------------------------


def test_an_error_is_shown_and_the_widget_goes_on():
    def draw(a):
        if a == 2:
            raise ValueError("two <b>is</b> not drawn")
        return line(a)

    a, reset, picture, words = w.explorer(draw, a=w.slider("a", 1, 9, 1, 1)).children
    before = picture.value
    a.value = 2
    assert "ValueError: two &lt;b&gt;is" in words.value and picture.value == before
    a.value = 3
    assert "up to 3." in words.value
    a.value = 2
    reset.click()
    assert "up to 1." in words.value and picture.value == before


def test_a_guarded_action_gets_its_arguments_and_its_error_is_said():
    words, seen = ipywidgets.HTML(), []
    w.guarded(words, lambda *values: seen.append(values))(1, 2)
    assert seen == [(1, 2)] and words.value == ""
    assert w.guarded(words, lambda: 1 / 0)() is None
    assert "ZeroDivisionError: division by zero" in words.value
    with pytest.raises(KeyboardInterrupt):  # Ctrl-C is no error
        w.guarded(words, lambda: (_ for _ in ()).throw(KeyboardInterrupt))()


def test_without_a_kernel_the_loop_says_so():
    loop = w.Loop(lambda: None)
    with pytest.raises(RuntimeError, match="needs the kernel of a notebook"):
        loop.run()
    assert not loop.going
