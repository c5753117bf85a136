"""settings.ini: typed, defaults filled in, mistakes named."""

import pytest
from helpers import ROOT

from nn_from_scratch.settings import Settings, load_settings, read_settings


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


SHIPPED = """; Course settings, read by the lessons.
[data]
source = auto            ; auto | full | sample
directory =              ; folder with the four MNIST files; empty: the user's cache
[lessons]
seed = 0
[mnist]
hidden = 64
epochs = 10
batch_size = 128
learning_rate = 0.1
momentum = 0.9
decay = 2e-4             ; per update: about rate / (1 + 0.1 * epoch)
"""


# By hand ------------------------------------------------------------------------------------------


def test_the_defaults_are_what_the_course_ships(here):
    (here / "settings.ini").write_text(SHIPPED)
    assert load_settings() == Settings()


def test_the_file_in_the_repository_is_found_and_understood():
    "Whatever an instructor has put into it."
    text = (ROOT / "settings.ini").read_text(encoding="utf-8")
    assert text.startswith("; Course settings, read by the lessons.")
    assert isinstance(load_settings(ROOT / "settings.ini"), Settings)


def test_without_a_file_the_defaults_hold(here):
    assert load_settings() == Settings()


def test_the_nearest_file_upwards_counts(here, monkeypatch):
    (here / "settings.ini").write_text("[lessons]\nseed = 7\n")
    (here / "nbs" / "deep").mkdir(parents=True)
    monkeypatch.chdir(here / "nbs" / "deep")
    assert load_settings().lessons.seed == 7
    (here / "nbs" / "settings.ini").write_text("[lessons]\nseed = 8\n")
    assert load_settings().lessons.seed == 8


def test_a_file_of_another_tool_is_passed_over(here, monkeypatch):
    (here / "settings.ini").write_text("[lessons]\nseed = 7\n")
    (here / "inner").mkdir()
    (here / "inner" / "settings.ini").write_text("[DEFAULT]\nlib_name = other\n")
    monkeypatch.chdir(here / "inner")
    assert load_settings().lessons.seed == 7


def test_a_comment_behind_a_heading(here):
    (here / "settings.ini").write_text("[mnist] ; short run\nepochs = 3\n")
    assert load_settings().mnist.epochs == 3


def test_types_comments_and_percent_signs(here):
    (here / "settings.ini").write_text(
        "\ufeff[mnist]\nepochs = 3 ; short\nlearning_rate = 5e-2\n[data]\nsource = sample\n"
        "directory = 100%\n",
        encoding="utf-8",
    )
    settings = load_settings()
    assert settings.mnist.epochs == 3 and settings.mnist.learning_rate == 0.05
    assert settings.mnist.hidden == 64 and settings.data.source == "sample"
    assert settings.data.directory == str(here.resolve() / "100%")


# Extremes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["[data]\nbucket = theirs\n", "[mnits]\nepochs = 3\n", "\0\1 no text at all", "epochs = 3\n"],
)
def test_files_that_are_not_ours_are_never_an_error(here, text):
    (here / "settings.ini").write_text(text)
    assert load_settings() == Settings()


@pytest.mark.parametrize(
    "text", ["[Mnist]\nepochs = 3", "; Course settings\nepochs = 3", "[ mnist ]\nepochs = 3"]
)
def test_slips_in_the_heading_are_named_and_not_passed_over(here, text):
    (here / "settings.ini").write_text(text)
    with pytest.raises(ValueError, match="settings.ini"):
        load_settings()


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_other_encodings_are_named(here, encoding):
    text = "; Course settings f\u00fcr alle\n[mnist]\nepochs = 3\n"
    (here / "settings.ini").write_bytes(text.encode(encoding))
    with pytest.raises(ValueError, match="settings.ini cannot be read"):
        load_settings()


# Errors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[mnist]\nepochs = ten", r"\[mnist\] epochs must be a whole number of at least 1"),
        ("[mnist]\nepochs = 0", "got '0'"),
        ("[mnist]\nepochs = 2.5", "got '2.5'"),
        ("[mnist]\nmomentum = 1", "number from 0 to below 1, got '1'"),
        ("[mnist]\nlearning_rate = 0", "number above 0, got '0'"),
        ("[mnist]\nbatch_size = 0", "at least 1"),
        ("[mnist]\nhidden = -4", "at least 1"),
        ("[mnist]\nlearning_rate = nan", "number above 0, got 'nan'"),
        ("[mnist]\ndecay = -1", "at least 0"),
        ("[lessons]\nseed = -1", "at least 0"),
        ("[data]\nsource = internet", "auto, full or sample, got 'internet'"),
        ("[mnist]\nepoch = 3", "has no 'epoch'; known: hidden, epochs"),
        ("[mnits]\nepochs = 3", "has no 'mnits'; known: data, lessons, mnist"),
        ("[mnist]\nepochs = 1\nepochs = 2", "cannot be read"),
        ("epochs = 1", "cannot be read"),
    ],
)
def test_mistakes_are_named(here, text, message):
    path = here / "settings.ini"
    path.write_text(text)
    with pytest.raises(ValueError, match=message) as caught:
        read_settings(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)
