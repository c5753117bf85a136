"""Where the course is published: set in one place, or nowhere.

The place is `[project.urls]` of pyproject.toml: `Repository`, its page at GitHub, and `Website`,
the address of these pages. A build for somebody's fork says SITE_REPOSITORY=owner/name, and its
pages have the address that GitHub gives them.
Without either the pages have no links to a repository, and are complete otherwise.
"""

import os
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BRANCH = "main"


def urls() -> dict[str, str]:
    "What pyproject.toml says."
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project.get("urls", {})


def repository() -> str:
    "owner/name at GitHub, or nothing."
    if name := os.environ.get("SITE_REPOSITORY"):
        return name
    return _own_repository()


def _own_repository() -> str:
    "That of pyproject.toml."
    place = urls().get("Repository", "")
    found = re.fullmatch(r"https://github\.com/([^/]+/[^/]+?)(?:\.git)?/?", place)
    return found[1] if found else ""


def website() -> str:
    "The address of the pages, with a slash at its end, or nothing."
    name = os.environ.get("SITE_REPOSITORY", "")
    own = urls().get("Website", "")
    if not name or (own and name.lower() == _own_repository().lower()):
        return own
    owner, _, project = name.partition("/")
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if project.lower() == host else f"https://{host}/{project}/"


def elsewhere(path: str) -> dict[str, str]:
    "Where a file of the repository can be opened, by name; nothing if nobody knows the repository."
    if not (name := repository()):
        return {}
    return {
        "Binder": f"https://mybinder.org/v2/gh/{name}/{BRANCH}?urlpath=lab/tree/{path}",
        "Source": f"https://github.com/{name}/blob/{BRANCH}/{path}",
    }
