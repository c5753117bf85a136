"""Archives: all or nothing, the same bytes, and no damaged or strange file gets in."""

import hashlib
import io
import json
import os
import pickle
import random
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from helpers import damaged, forge, frozen, npy, seal, take

from nn_from_scratch.files import VERSION, one_line, read_archive, write_archive

HEADER = {"names": ["a", "b"], "epochs": 3, "history": {"loss": [0.1, float("nan")]}}
ARRAYS = {
    "0.weights": np.arange(6, dtype=np.float32).reshape(2, 3),
    "turned": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "empty": np.zeros((0, 4)),
    "number": np.array(-0.0),
    "bits": np.array([True, False]),
}


@pytest.fixture
def path(tmp_path):
    "A file with an archive in it."
    write_archive(tmp_path / "a file", "thing", HEADER, ARRAYS)
    return tmp_path / "a file"


def refused(path, *texts):
    "The one line that the error says."
    with pytest.raises(ValueError) as caught:
        read_archive(path, "thing")
    text = str(caught.value)
    assert str(path) in text and "\n" not in text and len(text) < len(str(path)) + 400
    assert all(each in text for each in texts), text
    return text


# By hand ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [str, Path])
def test_what_is_written_comes_back(path, kind):
    header, arrays = read_archive(kind(path), "thing")
    assert {name: header[name] for name in ("names", "epochs")} == {
        "names": ["a", "b"],
        "epochs": 3,
    }
    assert str(header["history"]["loss"]) == "[0.1, nan]"
    assert header["version"] == VERSION and header["kind"] == "thing"
    assert frozen(arrays) == frozen(ARRAYS)
    assert arrays["turned"].flags.f_contiguous and not arrays["turned"].flags.c_contiguous


def test_the_same_content_makes_the_same_bytes(path, tmp_path):
    write_archive(tmp_path / "b", "thing", HEADER, ARRAYS)
    assert (tmp_path / "b").read_bytes() == path.read_bytes()
    write_archive(tmp_path / "b", "other", HEADER, ARRAYS)
    assert (tmp_path / "b").read_bytes() != path.read_bytes()


def test_numpy_opens_the_file_too(path):
    header, arrays = take(path)
    assert header["format"] == "nn_from_scratch" and frozen(arrays) == frozen(ARRAYS)


def test_arrays_in_the_header_are_written_as_lists(tmp_path):
    "The state of some random generators holds one."
    write_archive(tmp_path / "a", "thing", {"key": np.arange(3)}, {})
    assert read_archive(tmp_path / "a", "thing")[0]["key"] == [0, 1, 2]


def test_one_line():
    assert one_line(ValueError("a\n  b\tc\n")) == "a b c"
    assert one_line(KeyError()) == "KeyError"
    assert len(one_line(ValueError("x\n" * 1000))) <= 200


def test_a_forgery_that_changes_nothing_is_read(path):
    "Or else the tests below would prove nothing."
    forge(path, *take(path))
    assert frozen(read_archive(path, "thing")[1]) == frozen(ARRAYS)


# Broken twin --------------------------------------------------------------------------------------


def test_a_file_written_in_place_would_be_lost_half_way(path):
    "What happens without a second file and a change of names: the old one is gone."
    before = path.read_bytes()
    with path.open("wb") as file:
        file.write(before[: len(before) // 2])
    refused(path, "damaged, cut short or not ours")


# Extremes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["replace", "fsync"])
def test_a_failure_leaves_the_old_file(path, monkeypatch, name):
    before = path.read_bytes()

    def fail(*arguments):
        raise OSError("disk full")

    monkeypatch.setattr(os, name, fail)
    with pytest.raises(OSError, match="disk full"):
        write_archive(path, "thing", {}, {})
    assert path.read_bytes() == before and os.listdir(path.parent) == [path.name]


def test_the_new_file_is_whole_before_it_gets_the_name(path, monkeypatch, tmp_path):
    "When the name changes hands, the bytes must be on the disk already, in the same folder."
    write_archive(tmp_path / "other", "thing", {}, {})
    expected, events = (tmp_path / "other").read_bytes(), []
    fsync, replace = os.fsync, os.replace

    def note_fsync(number):
        events.append(("fsync", os.fstat(number).st_size))
        fsync(number)

    def note_replace(source, target):
        events.append(("replace", Path(source).read_bytes() == expected, Path(target)))
        assert Path(source).parent == path.parent
        replace(source, target)

    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(os, "replace", note_replace)
    write_archive(path, "thing", {}, {})
    assert events == [("fsync", len(expected)), ("replace", True, path)]


def test_a_left_over_part_is_no_obstacle(path):
    left = path.with_name(f".{path.name}.part")
    left.write_bytes(b"half" * 10_000)
    write_archive(path, "thing", {"new": 1}, {})
    assert read_archive(path, "thing")[0]["new"] == 1
    assert sorted(os.listdir(path.parent)) == sorted([path.name, left.name])


def test_threads_may_write_to_one_path(path, monkeypatch):
    "All of them write beside it before the first one renames: the last to do so wins."
    replace, together = os.replace, threading.Barrier(4, timeout=60)

    def wait(source, target):
        together.wait()
        replace(source, target)

    monkeypatch.setattr(os, "replace", wait)
    with ThreadPoolExecutor(4) as pool:
        each = [pool.submit(write_archive, path, "thing", {"thread": i}, {}) for i in range(4)]
    assert [task.exception() for task in each] == [None] * 4
    assert read_archive(path, "thing")[0]["thread"] in range(4)
    assert os.listdir(path.parent) == [path.name]


def test_a_link_is_followed(path, tmp_path):
    folder = tmp_path / "links"
    folder.mkdir()
    link = folder / "latest"
    try:
        link.symlink_to(path)
    except OSError:
        pytest.skip("no links here")
    write_archive(link, "thing", {"new": 1}, {})
    assert link.is_symlink() and os.listdir(folder) == ["latest"]
    assert read_archive(path, "thing")[0]["new"] == 1


def test_a_thousand_damaged_files(path, tmp_path):
    raw, chance, bad_path = path.read_bytes(), random.Random(1), tmp_path / "bad.npz"
    sizes = set()
    for _ in range(1000):
        bad = damaged(raw, chance)
        bad_path.write_bytes(bad)
        sizes.add(len(bad) - len(raw))
        refused(bad_path)
    assert min(sizes) < 0 < max(sizes) and 0 in sizes


def test_every_length_is_too_short(path, tmp_path):
    raw, short = path.read_bytes(), tmp_path / "short"
    for length in range(0, len(raw), 7):
        short.write_bytes(raw[:length])
        refused(short)


def test_every_byte_counts(path, tmp_path):
    raw, flipped = path.read_bytes(), tmp_path / "flipped"
    for at in range(0, len(raw), 5):
        flipped.write_bytes(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
        refused(flipped)


def test_a_compressed_file_is_not_unpacked(path):
    "A kilobyte of it could become a terabyte."
    header, arrays = take(path)
    buffer = io.BytesIO()
    text = np.frombuffer(json.dumps(header).encode(), np.uint8)
    np.savez_compressed(buffer, header=text, **arrays)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.comment = bytes(64)
    raw = buffer.getvalue()[:-64]
    path.write_bytes(raw + hashlib.sha256(raw).hexdigest().encode())
    refused(path, "it is compressed")


class Payload:
    "Runs code when it is unpickled."

    def __init__(self, flag):
        self.flag = str(flag)

    def __reduce__(self):
        return open, (self.flag, "w")


def test_no_pickle_is_opened(tmp_path, path):
    flag, payload = tmp_path / "flag", Payload(tmp_path / "flag")
    pickle.loads(pickle.dumps(payload)).close()
    assert flag.exists()  # it would work
    flag.unlink()
    header, arrays = take(path)
    objects, raw = np.array([[payload]], object), pickle.dumps(payload)
    refused(forge(path, header, arrays | {"more": objects}))
    members = {f"{name}.npy": npy(array) for name, array in arrays.items()}
    for name, member in (("header.npy", npy(objects)), ("header.npy", raw), ("header", raw)):
        refused(seal(path, members | {name: member}))
    path.write_bytes(raw)
    refused(path, "not an .npz file; pickles and other formats are not opened")
    path.write_bytes(raw + hashlib.sha256(raw).hexdigest().encode())
    refused(path)
    assert not flag.exists()


WRONG_HEADERS = {
    "not JSON": b"{'layers': 1}",
    "not text": b"\xff\xfe\x00",
    "empty": b"",
    "a list": b"[1, 2]",
    "a number": b"7",
    "null": b"null",
    "text": b'"version"',
    "deep": b"[" * 50_000,
}


@pytest.mark.parametrize("name", WRONG_HEADERS)
def test_headers_that_are_none(path, name):
    refused(forge(path, WRONG_HEADERS[name], take(path)[1]), "cannot be read")


@pytest.mark.parametrize("version", [2, 999, 0, "1", None, [1], 1.5, "2\n3", "9" * 5000])
def test_other_versions(path, version):
    header, arrays = take(path)
    refused(forge(path, header | {"version": version}, arrays), "of the format, this is a reader")


@pytest.mark.parametrize("kind", ["other", None, 3, "Thing", "x" * 5000])
def test_other_kinds(path, kind):
    header, arrays = take(path)
    refused(forge(path, header | {"kind": kind}, arrays), "holds a ", "not a 'thing'")
    del header["kind"]
    refused(forge(path, header, arrays), "cannot be read: 'kind'")


@pytest.mark.parametrize("raw", [b"", b"\x93NUMPY", b"\x93NUMPY\x09\x00" + bytes(60), b"junk" * 9])
def test_members_that_are_no_arrays(path, raw):
    header, _ = take(path)
    good = npy(np.frombuffer(json.dumps(header).encode(), np.uint8))
    if raw[:1] == b"\x93":  # others come as bytes, which no reader of ours takes for an array
        refused(seal(path, {"header.npy": good, "0.weights.npy": raw}))
    refused(seal(path, {"header.npy": raw}))
    refused(seal(path, {}))


# Float types --------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["f4", "f8", ">f8", "f2", "i1", "u8", "?"])
def test_types_stay(tmp_path, dtype):
    array = np.array([[1, 0], [0, 1]], dtype)
    write_archive(tmp_path / "a", "thing", {}, {"array": array})
    assert frozen(read_archive(tmp_path / "a", "thing")[1]["array"]) == frozen(array)


# Errors -------------------------------------------------------------------------------------------


def test_there_is_no_such_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_archive(tmp_path / "nothing", "thing")
    with pytest.raises(OSError):
        read_archive(tmp_path, "thing")


def test_there_is_no_such_folder(tmp_path):
    with pytest.raises(ValueError, match="a cannot be written: there is no folder .*nowhere"):
        write_archive(tmp_path / "nowhere" / "a", "thing", {}, {})
    with pytest.raises(ValueError, match="cannot be written: it is a folder"):
        write_archive(tmp_path, "thing", {}, {})
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", ["file", "header", "allow_pickle"])
def test_names_that_numpy_keeps_for_itself(tmp_path, name):
    with pytest.raises(ValueError, match=f"an archive cannot hold {name}: objects or taken names"):
        write_archive(tmp_path / "a", "thing", {}, {name: np.ones(2)})
    assert os.listdir(tmp_path) == []


def test_objects_are_refused_and_not_pickled(tmp_path):
    "By us: savez of NumPy 2.0 has no allow_pickle to forbid it with."

    class Pickled:
        def __reduce__(self):
            raise AssertionError("it was pickled")

    arrays = {"fine": np.ones(2), "mixed": np.array([None, Pickled()]), "of": [Pickled()]}
    with pytest.raises(ValueError, match="cannot hold mixed, of: objects or taken names"):
        write_archive(tmp_path / "a", "thing", {}, arrays)
    assert os.listdir(tmp_path) == []


def test_nothing_is_written_that_could_not_be_read(path):
    before = path.read_bytes()
    for header, arrays in (({}, {"a": np.array([None])}), ({"a": {1, 2}}, {}), ({"a": len}, {})):
        with pytest.raises((ValueError, TypeError)):
            write_archive(path, "thing", header, arrays)
        assert path.read_bytes() == before and os.listdir(path.parent) == [path.name]
