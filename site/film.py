"""The start page's pictures: a training, epoch by epoch, that moves when one takes hold of it.

The network is that of README's eight lines. Its pictures are drawn when the website is built, so
the page needs nothing but them.
"""

import html
import io
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

import nn_from_scratch as nn
from nn_from_scratch.plots import plot_decision_boundary
from nn_from_scratch.points import spiral_data

EPOCHS = (0, 1, 3, 10, 20, 40, 50, 55, 60, 65, 70, 75, 80, 90, 100, 120, 150, 200, 300)
SIDE = 420  # pixels


def train() -> list[tuple[bytes, str]]:
    "A picture after each of EPOCHS, and what it shows in words."
    X, y = spiral_data(100, 3, noise=0.1, rng=0)
    new = spiral_data(100, 3, noise=0.1, rng=1)
    hidden1, hidden2 = nn.DenseLayer(2, 64, rng=0), nn.DenseLayer(64, 64, rng=1)
    network = nn.Sequential(hidden1, nn.ReLU(), hidden2, nn.ReLU(), nn.DenseLayer(64, 3, rng=2))
    loss, descent = nn.SoftmaxCategoricalCrossEntropy(), nn.StochasticGradientDescent(0.1, 0.9)
    frames = []

    def look(epoch: int) -> None:
        if epoch in EPOCHS:
            right = nn.evaluate(network, loss, X, y, nn.Accuracy())["accuracy"]
            right_new = nn.evaluate(network, loss, *new, nn.Accuracy())["accuracy"]
            frames.append((picture(network, X, y), words(epoch, right, right_new)))

    look(0)
    more = {"epochs": EPOCHS[-1], "batch_size": 100, "rng": 0, "progress": False}
    seen = [lambda state: look(state.history.epochs)]
    nn.fit(network, loss, descent, X, y, callbacks=seen, **more)
    return frames


def words(epoch: int, right: float, right_new: float) -> str:
    when = {0: "Before training", 1: "After 1 epoch"}.get(epoch, f"After {epoch} epochs")
    said = f"{100 * right:.0f} % of the points lie in their own colour"
    return f"{when}: {said}, and {100 * right_new:.0f} % of 300 new ones."


def picture(network: nn.Sequential, X: np.ndarray, y: np.ndarray) -> bytes:
    "The plane in the colours of the answers, without axes, as a small file."
    figure = plt.figure(figsize=(SIDE / 100, SIDE / 100), dpi=100)
    ax = figure.add_axes((0, 0, 1, 1))
    plot_decision_boundary(lambda points: softmax(network.predict(points)), X, y, ax=ax)
    ax.axis("off")
    ax.set_aspect("auto")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    plt.close(figure)
    small = Image.open(buffer).convert("RGB").quantize(64, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    small.save(buffer, format="png", optimize=True)
    return buffer.getvalue()


def softmax(scores: np.ndarray) -> np.ndarray:
    return nn.Softmax().forward(scores)


def film(folder: Path) -> str:
    "The element of the start page; its pictures are written into the folder."
    items = []
    for i, (png, said) in enumerate(train()):
        (folder / f"training-{i:02}.png").write_bytes(png)
        items.append((f"_static/pictures/training-{i:02}.png", html.escape(said)))
    last, said = items[-1]
    frames = "".join(f'<li data-picture="{address}">{text}</li>' for address, text in items)
    return (
        f'<div class="course-film"><course-film><img src="{last}" alt="{said}" width="{SIDE}" '
        f'height="{SIDE}"><p>{said}</p><ol hidden>{frames}</ol></course-film></div>\n'
        '<script type="module" src="_static/film.js"></script>'
    )
