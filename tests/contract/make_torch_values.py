"""Make tests/contract/torch_values.json: what torch gives for a few fixed numbers, in float64.

    python tests/contract/make_torch_values.py

It needs torch, and need not be run again: test_oracles.py reads the file. No number is drawn at
random, and all that goes in is stored beside what comes out; float32 holds it exactly too.
"""

import json
import re
from pathlib import Path

PATH = Path(__file__).with_name("torch_values.json")


def numbers(rows: int, columns: int, step: int) -> list[list[float]]:
    "A table of multiples of 1/8 from -2 to 2, zero among them."
    flat = [((step * i + i * i) % 33 - 16) / 8 for i in range(rows * columns)]
    return [flat[i : i + columns] for i in range(0, len(flat), columns)]


def chances(rows: int, columns: int) -> list[list[float]]:
    "Rows of multiples of 1/64 that add up to one."
    table = []
    for i in range(rows):
        parts = [1 + (5 * i + 7 * j) % 17 for j in range(columns - 1)]
        table.append([part / 64 for part in [*parts, 64 - sum(parts)]])
    return table


def parts(torch) -> dict:
    "Output and gradients of the layer and the activations."
    made = {}
    tensor = {"dtype": torch.float64, "requires_grad": True}
    for name, function in {
        "ReLU": torch.relu,
        "Sigmoid": torch.sigmoid,
        "Softmax": lambda Z: torch.softmax(Z, dim=1),
    }.items():
        case = {"inputs": numbers(4, 5, 6), "derivative_outputs": numbers(4, 5, 11)}
        Z = torch.tensor(case["inputs"], **tensor)
        output = function(Z)
        output.backward(torch.tensor(case["derivative_outputs"], dtype=torch.float64))
        made[name] = case | {"output": output.tolist(), "derivative_inputs": Z.grad.tolist()}
    case = {"inputs": numbers(4, 5, 2), "derivative_outputs": numbers(4, 3, 7)}
    case |= {"weights": numbers(5, 3, 4), "biases": numbers(1, 3, 6)}
    X, W, b = (torch.tensor(case[name], **tensor) for name in ("inputs", "weights", "biases"))
    output = torch.nn.functional.linear(X, W.T, b[0])
    output.backward(torch.tensor(case["derivative_outputs"], dtype=torch.float64))
    case["output"] = output.tolist()
    for name, leaf in {"inputs": X, "weights": W, "biases": b}.items():
        case[f"derivative_{name}"] = leaf.grad.tolist()
    return made | {"DenseLayer": case}


def losses(torch) -> dict:
    "Loss and gradient of the five losses, with each form of targets."
    F = torch.nn.functional
    labels, soft = [2, 0, 1, 2], chances(4, 3)
    one_hot = [[float(j == label) for j in range(3)] for label in labels]
    bits = [[float((i + j) % 2) for j in range(3)] for i in range(4)]
    scores, rows = numbers(4, 3, 5), chances(4, 3)[::-1]

    def log_loss(P, Y):
        return F.nll_loss(P.log(), Y) if Y.ndim == 1 else -(Y * P.log()).sum(dim=1).mean()

    made = {}
    for name, function, predictions, targets in (
        ("MeanSquaredError", F.mse_loss, scores, numbers(4, 3, 8)),
        ("CategoricalCrossEntropy of labels", log_loss, rows, labels),
        ("CategoricalCrossEntropy of one-hot rows", log_loss, rows, one_hot),
        ("CategoricalCrossEntropy of soft rows", log_loss, rows, soft),
        ("BinaryCrossEntropy of bits", F.binary_cross_entropy, rows, bits),
        ("BinaryCrossEntropy of soft targets", F.binary_cross_entropy, rows, soft),
        ("SoftmaxCategoricalCrossEntropy of labels", F.cross_entropy, scores, labels),
        ("SoftmaxCategoricalCrossEntropy of one-hot rows", F.cross_entropy, scores, one_hot),
        ("SoftmaxCategoricalCrossEntropy of soft rows", F.cross_entropy, scores, soft),
        ("SigmoidBinaryCrossEntropy", F.binary_cross_entropy_with_logits, scores, bits),
    ):
        P = torch.tensor(predictions, dtype=torch.float64, requires_grad=True)
        Y = torch.tensor(targets, dtype=torch.int64 if targets is labels else torch.float64)
        value = function(P, Y)
        value.backward()
        case = {"predictions": predictions, "targets": targets, "loss": value.item()}
        if name.startswith("Softmax"):
            case["output"] = torch.softmax(P, dim=1).tolist()
        if name.startswith("Sigmoid"):
            case["output"] = torch.sigmoid(P).tolist()
        made[name] = case | {"derivative_inputs": P.grad.tolist()}
    return made


def runs(torch) -> dict:
    "Twenty steps of a 3-4-2 network with momentum: first gradients, every loss, the last weights."
    F, made = torch.nn.functional, {}
    bits = [[float((i + j) % 2) for j in range(2)] for i in range(6)]
    for activation, loss, function, targets in (
        ("ReLU", "SoftmaxCategoricalCrossEntropy", F.cross_entropy, [0, 1, 1, 0, 1, 0]),
        ("Sigmoid", "SigmoidBinaryCrossEntropy", F.binary_cross_entropy_with_logits, bits),
    ):
        inputs = numbers(6, 3, 9)
        start = [numbers(3, 4, 3), numbers(1, 4, 2), numbers(4, 2, 5), numbers(1, 2, 7)]
        leaves = [torch.tensor(each, dtype=torch.float64, requires_grad=True) for each in start]
        settings = {"learning_rate": 0.125, "momentum": 0.75}
        optimizer = torch.optim.SGD(leaves, lr=0.125, momentum=0.75)
        Y = torch.tensor(targets, dtype=torch.float64 if targets is bits else torch.int64)
        X, bend = torch.tensor(inputs, dtype=torch.float64), getattr(torch, activation.lower())
        values, first = [], None
        for _ in range(20):
            W1, b1, W2, b2 = leaves
            value = function(F.linear(bend(F.linear(X, W1.T, b1[0])), W2.T, b2[0]), Y)
            optimizer.zero_grad()
            value.backward()
            first = first or [leaf.grad.tolist() for leaf in leaves]
            optimizer.step()
            values.append(value.item())
        case = {"activation": activation, "loss": loss, **settings}
        case |= {"inputs": inputs, "targets": targets, "start": start, "first_gradients": first}
        case |= {"losses": values, "end": [leaf.tolist() for leaf in leaves]}
        made[f"{activation}, {loss}"] = case
    return made


def make(torch) -> dict:
    made = {"made_with": f"torch {torch.__version__.split('+')[0]}", "dtype": "float64"}
    return made | {"parts": parts(torch), "losses": losses(torch), "runs": runs(torch)}


def as_text(values: dict) -> str:
    "JSON with each row of numbers on one line."
    text = json.dumps(values, indent=1)
    row_of_numbers = r"\[[^\[\]{}]*\]"
    text = re.sub(row_of_numbers, lambda row: "".join(row[0].split()).replace(",", ", "), text)
    return text + "\n"


if __name__ == "__main__":
    import torch

    PATH.write_text(as_text(make(torch)), encoding="utf-8")
    print(f"Written: {PATH.name}, {PATH.stat().st_size:,} bytes")
