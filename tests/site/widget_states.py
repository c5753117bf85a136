"""Move every control of live cells and write down what is to be seen: one program, two kinds.

    python widget_states.py real|page|deaf CELLS.json

With `real` on ipywidgets and ipycanvas, with `page` on the stand-in for pages: there only what
the page has been told counts. `deaf` is a stand-in whose sliders send nothing.
"""

import hashlib
import json
import sys
from itertools import count
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "site" / "live"))
SLIDERS = ("IntSlider", "FloatSlider")
STROKE = [("mouse_down", (60, 40)), ("mouse_move", (120, 90)), ("mouse_up", (110, 180))]
KEYS = [("key_down", (key, False, False, False)) for key in (" ", "ArrowDown", "ArrowLeft")]


class Real:
    "Widgets of ipywidgets, without Jupyter."

    def __init__(self):
        import ipycanvas

        self.drawn: dict = {}

        def put(canvas, picture, x=0, y=0):
            self.drawn[canvas] = picture.tobytes()

        ipycanvas.Canvas.put_image_data = put

    def begin(self, code: str) -> None:
        self.top = run(code)

    def widgets(self) -> list:
        return walk(self.top, lambda widget: getattr(widget, "children", ()))

    def kind(self, widget) -> str:
        return type(widget).__name__

    def value(self, widget, name: str):
        return self.drawn.get(widget, b"") if name == "pixels" else getattr(widget, name)

    def move(self, widget, name: str, value) -> None:
        if name == "click":
            widget.click()
        elif name in ("value", "index"):
            setattr(widget, name, value)
        else:
            keys = ("x", "y") if len(value) == 2 else ("key", "shift_key", "ctrl_key", "meta_key")
            event = {"event": name} | dict(zip(keys, value, strict=True))
            widget._handle_frontend_event(None, event, [])


class Page:
    "A page that shows what the stand-in tells it, and sends what the reader does."

    def __init__(self):
        import stage

        self.stage, stage.tell = stage, self.told

    def told(self, number: int, name: str, value) -> None:
        if number not in self.shown:  # not on the page yet: its tree will have it
            return
        self.shown[number][name] = value
        if name == "children":
            self.enter(value)

    def enter(self, trees: list[dict]) -> None:
        for tree in trees:
            self.shown[tree["id"]] = tree
            self.enter(tree["children"])

    def begin(self, code: str) -> None:
        self.shown: dict[int, dict] = {}
        self.top = self.stage.begin(code)
        self.enter([self.top])

    def widgets(self) -> list:
        return walk(self.top, lambda tree: tree["children"])

    def kind(self, tree: dict) -> str:
        return tree["kind"]

    def value(self, tree: dict, name: str):
        tree = self.shown[tree["id"]]
        if tree["kind"] == "Dropdown" and name != "options":  # a page knows which of the words
            return tree["value"] if name == "index" else tree["options"][tree["value"]]
        return tree[name]

    def move(self, tree: dict, name: str, value) -> None:
        row = value if name in ("click", "value", "index") else [value]
        self.stage.event(tree["id"], name, row)


class Deaf(Page):
    def move(self, tree: dict, name: str, value) -> None:
        if tree["kind"] not in SLIDERS:
            super().move(tree, name, value)


def run(code: str):
    "The value of the last line of some code, the rest of it run before."
    import ast

    *statements, last = ast.parse(code).body
    names = {"__name__": "__main__"}
    exec(compile(ast.Module(statements, []), "<lesson>", "exec"), names)
    return eval(compile(ast.Expression(last.value), "<lesson>", "eval"), names)


def walk(top, children) -> list:
    found, waiting = [], [top]
    while waiting:
        found.append(waiting.pop(0))
        waiting[:0] = children(found[-1])
    return found


def moves_of(world, widget) -> list[tuple]:
    "What is done to a control."
    kind, value = world.kind(widget), world.value
    if kind in SLIDERS:
        low, high, step = (value(widget, name) for name in ("min", "max", "step"))
        return [("value", high), ("value", low + step * round((high - low) / 3 / step))]
    if kind == "Dropdown":
        return [("index", (value(widget, "index") + 1) % len(value(widget, "options")))]
    if kind == "ToggleButton":
        return [("value", not value(widget, "value"))]
    return {"Button": [("click", None)], "Canvas": STROKE + KEYS}.get(kind, [])


def state(world) -> list[str]:
    "All that is seen of the widgets: pictures as their digests, words, places of the controls."
    seen = []
    for widget in world.widgets():
        kind = world.kind(widget)
        if kind in ("Image", "Canvas"):
            content = bytes(world.value(widget, "value" if kind == "Image" else "pixels"))
            seen.append(hashlib.sha256(content).hexdigest())
        elif kind in ("HTML", "Label", "ToggleButton", "Dropdown", *SLIDERS):
            seen.append(f"{world.value(widget, 'value')}")
    return seen


def states(world, code: str) -> list[list[str]]:
    "What is seen at first, and after each move of each control."
    world.begin(code)
    found = [state(world)]
    for widget in world.widgets():
        for move in moves_of(world, widget):
            world.move(widget, *move)
            found.append(state(world))
    return found


def main() -> None:
    world = {"real": Real, "page": Page, "deaf": Deaf}[sys.argv[1]]()
    from nn_from_scratch import digit_pad

    digit_pad.time = SimpleNamespace(monotonic=count().__next__)  # answers at each move
    cells = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    print(json.dumps({name: states(world, code) for name, code in cells.items()}))


if __name__ == "__main__":
    main()
