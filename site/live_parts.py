"""What makes a page alive: the elements in it, and Python beside it. (Not there yet.)"""

from pathlib import Path


def live_element(call: str, picture) -> str:
    """A place in a page where `call` can be run, as a line of HTML.

    It begins with the picture that the lesson stores (`pages.Picture`, or None): its file is
    `picture.name` in `_static/pictures`, and `picture.alt` says what it shows.
    """
    raise NotImplementedError


def add_live(out: Path, demand: bool = False) -> bool:
    "Put Python for the pages into `out`; whether that could be done, or an error if it must be."
    return False
