"""The same network, 784 -> 64 -> 10, in this library and in its peers, for `benchmarks.training`.

Each contestant trains one epoch when asked, with momentum and a shuffled order, and keeps the mean
loss of its batches. The peers are written as their own documentation writes them. The floor is no
network: it is what the five matrix products of a step cost alone, on arrays that are warm. NumPy by
hand is this one network and nothing else: its step is fused, nothing in it is checked, and it knows
what lesson 15_speed says of velocities that fade.
"""

import sys

import numpy as np

N_HIDDEN, N_CLASSES, RATE, MOMENTUM = 64, 10, 0.05, 0.9


class Floor:
    "The five matrix products of each step, and nothing else."

    needs = "numpy"

    def __init__(self, X, y, batch_size):
        rng, d = np.random.default_rng(0), X.shape[1]
        sizes = [(batch_size, d), (d, N_HIDDEN), (batch_size, N_HIDDEN)]
        sizes += [(N_HIDDEN, N_CLASSES), (batch_size, N_CLASSES), (batch_size, N_HIDDEN)]
        self.arrays = [rng.standard_normal(size).astype(np.float32) for size in sizes]
        self.batch, self.W1, self.A, self.W2, self.G2, self.G1 = self.arrays
        self.results = [np.empty_like(array) for array in self.arrays]
        self.n_steps = len(X) / batch_size

    def epoch(self) -> float:
        dX, dW1, Z1, dW2, Z2, dA = self.results
        for _ in range(round(self.n_steps)):
            np.matmul(self.batch, self.W1, out=Z1)
            np.matmul(self.A, self.W2, out=Z2)
            np.matmul(self.A.T, self.G2, out=dW2)
            np.matmul(self.G2, self.W2.T, out=dA)
            np.matmul(self.batch.T, self.G1, out=dW1)
        return float("nan")

    predict = None


class ByHand:
    "NumPy alone: one function that can train this network, and no other, and checks nothing."

    needs = "numpy"

    def __init__(self, X, y, batch_size):
        self.data, self.batch_size, d = (X, y), batch_size, X.shape[1]
        self.rng = rng = np.random.default_rng(0)
        W1 = rng.standard_normal((d, N_HIDDEN)) * np.sqrt(2 / d)
        W2 = rng.standard_normal((N_HIDDEN, N_CLASSES)) * np.sqrt(2 / N_HIDDEN)
        self.params = [W1.astype(np.float32), np.zeros(N_HIDDEN, np.float32)]
        self.params += [W2.astype(np.float32), np.zeros(N_CLASSES, np.float32)]
        self.velocities = [np.zeros_like(w) for w in self.params]
        self.slopes = [np.empty_like(w) for w in self.params]

    def epoch(self) -> float:
        (X, y), size, total = self.data, self.batch_size, 0.0
        W1, b1, W2, b2 = self.params
        dW1, db1, dW2, db2 = self.slopes
        order, each = self.rng.permutation(len(X)), np.arange(size)
        for start in range(0, len(X), size):
            rows = order[start : start + size]
            batch, labels, n = X[rows], y[rows], len(rows)
            A = batch @ W1
            A += b1
            np.maximum(A, 0, out=A)
            P = A @ W2
            P += b2
            P -= P.max(axis=1, keepdims=True)
            at_labels = P[each[:n], labels]
            np.exp(P, out=P)
            sums = P.sum(axis=1, keepdims=True)
            total += float(np.log(sums).sum() - at_labels.sum())
            P /= sums
            P[each[:n], labels] -= 1
            P /= n  # now the slope of the loss in the scores
            G = P @ W2.T
            G *= A > 0
            np.matmul(batch.T, G, out=dW1)
            np.matmul(A.T, P, out=dW2)
            G.sum(axis=0, out=db1)
            P.sum(axis=0, out=db2)
            for w, v, slope in zip(self.params, self.velocities, self.slopes, strict=True):
                v *= MOMENTUM
                if start // size % 64 == 0:
                    v[abs(v) < 1e-31] = 0  # such small numbers are slow
                slope *= RATE
                v -= slope
                w += v
        return total / len(X)

    def predict(self, X) -> np.ndarray:
        W1, b1, W2, b2 = self.params
        return (np.maximum(X @ W1 + b1, 0) @ W2 + b2).argmax(axis=1)


class Ours:
    "`fit`, as README shows it."

    needs = "nn_from_scratch"

    hidden: tuple[int, ...] = (N_HIDDEN,)

    def __init__(self, X, y, batch_size):
        import nn_from_scratch as nn

        self.nn, self.data, self.batch_size = nn, (X, y), batch_size
        self.rng = rng = np.random.default_rng(0)
        layers, n_inputs = [], X.shape[1]
        for n_neurons in self.hidden:
            layers += [nn.DenseLayer(n_inputs, n_neurons, rng=rng), nn.ReLU()]
            n_inputs = n_neurons
        self.network = nn.Sequential(*layers, nn.DenseLayer(n_inputs, N_CLASSES, rng=rng))
        self.loss = nn.SoftmaxCategoricalCrossEntropy()
        self.optimizer = nn.StochasticGradientDescent(RATE, MOMENTUM)
        self.history = nn.History()

    def epoch(self) -> float:
        self.nn.fit(
            self.network, self.loss, self.optimizer, *self.data, epochs=self.history.epochs + 1,
            batch_size=self.batch_size, rng=self.rng, history=self.history, progress=False,
        )  # fmt: skip
        return self.history["loss"][-1]

    def predict(self, X) -> np.ndarray:
        return self.network.predict(X).argmax(axis=1)


class OursWithoutThreadpoolctl(Ours):
    "`fit` where threadpoolctl is not installed: matrix products go to all threads there are."

    needs, own_threads = "threadpoolctl", True

    def __init__(self, X, y, batch_size):
        sys.modules["threadpoolctl"] = None  # importing it fails
        super().__init__(X, y, batch_size)


class OursLarge(Ours):
    "`fit` on a network whose products are not small: it keeps all threads."

    hidden = (512, 256)


class OneThread:
    "Put before a contestant: the matrix products of NumPy have one thread while it works."

    needs, own_threads = "threadpoolctl", True

    def __init__(self, X, y, batch_size):
        super().__init__(X, y, batch_size)
        import threadpoolctl

        self.controller = threadpoolctl.ThreadpoolController()

    def epoch(self) -> float:
        with self.controller.limit(limits=1):
            return super().epoch()

    def predict(self, X) -> np.ndarray:
        with self.controller.limit(limits=1):
            return super().predict(X)


class FloorOfOneThread(OneThread, Floor):
    "The five matrix products, one thread."

    predict = None


class ByHandOneThread(OneThread, ByHand):
    "NumPy by hand, one thread."


class Torch:
    "PyTorch; batches are rows picked by an index."

    needs = "torch"

    def __init__(self, X, y, batch_size):
        import torch

        self.torch, self.batch_size = torch, batch_size
        torch.manual_seed(0)
        self.X, self.y = torch.from_numpy(X), torch.from_numpy(y)
        self.model = torch.nn.Sequential(
            torch.nn.Linear(X.shape[1], N_HIDDEN),
            torch.nn.ReLU(),
            torch.nn.Linear(N_HIDDEN, N_CLASSES),
        )
        self.loss = torch.nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=RATE, momentum=MOMENTUM)

    def batches(self):
        for rows in self.torch.randperm(len(self.X)).split(self.batch_size):
            yield self.X[rows], self.y[rows]

    def epoch(self) -> float:
        self.model.train()
        total = 0.0
        for X, y in self.batches():
            loss = self.loss(self.model(X), y)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            total += loss.item() * len(X)
        return total / len(self.X)

    def predict(self, X) -> np.ndarray:
        self.model.eval()
        with self.torch.no_grad():
            return self.model(self.torch.from_numpy(X)).argmax(dim=1).numpy()


class TorchLoader(Torch):
    "PyTorch; batches come from a DataLoader, in this process."

    def batches(self):
        data = self.torch.utils.data.TensorDataset(self.X, self.y)
        return self.torch.utils.data.DataLoader(data, batch_size=self.batch_size, shuffle=True)


class Jax:
    "JAX; the whole step is one jitted function, which gives its old arrays up to the new."

    needs = "jax"

    def __init__(self, X, y, batch_size):
        import jax
        import jax.numpy as jnp

        self.jax, self.data, self.batch_size = jax, (X, y.astype(np.int32)), batch_size
        one, two = jax.random.split(jax.random.key(0))
        W1 = jax.random.normal(one, (X.shape[1], N_HIDDEN)) * np.sqrt(2 / X.shape[1])
        W2 = jax.random.normal(two, (N_HIDDEN, N_CLASSES)) * np.sqrt(2 / N_HIDDEN)
        self.params = [(W1, jnp.zeros(N_HIDDEN)), (W2, jnp.zeros(N_CLASSES))]
        self.velocities = jax.tree.map(jnp.zeros_like, self.params)
        self.rng = np.random.default_rng(0)

        def logits(params, X):
            (W1, b1), (W2, b2) = params
            return jax.nn.relu(X @ W1 + b1) @ W2 + b2

        def mean_loss(params, X, y):
            log_p = jax.nn.log_softmax(logits(params, X))
            return -jnp.mean(jnp.take_along_axis(log_p, y[:, None], axis=1))

        def step(params, velocities, X, y):
            loss, slopes = jax.value_and_grad(mean_loss)(params, X, y)
            velocities = jax.tree.map(lambda v, g: MOMENTUM * v - RATE * g, velocities, slopes)
            return jax.tree.map(jnp.add, params, velocities), velocities, loss

        self.step = jax.jit(step, donate_argnums=(0, 1))
        self.classes = jax.jit(lambda params, X: logits(params, X).argmax(axis=1))

    def epoch(self) -> float:
        (X, y), total = self.data, 0.0
        order = self.rng.permutation(len(X))
        for start in range(0, len(X), self.batch_size):
            rows = order[start : start + self.batch_size]
            self.params, self.velocities, loss = self.step(
                self.params, self.velocities, X[rows], y[rows]
            )
            total += loss * len(rows)  # an array of JAX: nobody waits for it here
        return float(total) / len(X)

    def predict(self, X) -> np.ndarray:
        return np.asarray(self.classes(self.params, X))


class ScikitLearn:
    "scikit-learn's MLPClassifier, one epoch by `partial_fit`."

    needs = "sklearn"

    def __init__(self, X, y, batch_size):
        from sklearn.neural_network import MLPClassifier

        self.data, self.classes = (X, y), np.arange(N_CLASSES)
        self.model = MLPClassifier(
            (N_HIDDEN,), solver="sgd", alpha=0, batch_size=batch_size, learning_rate_init=RATE,
            momentum=MOMENTUM, nesterovs_momentum=False, random_state=0,
        )  # fmt: skip

    def epoch(self) -> float:
        self.model.partial_fit(*self.data, classes=self.classes)
        return self.model.loss_

    def predict(self, X) -> np.ndarray:
        return self.model.predict(X)


CONTESTANTS = {
    "floor": Floor,
    "floor, one thread": FloorOfOneThread,
    "NumPy by hand": ByHand,
    "NumPy by hand, one thread": ByHandOneThread,
    "nn_from_scratch": Ours,
    "nn_from_scratch, no threadpoolctl": OursWithoutThreadpoolctl,
    "JAX, jitted": Jax,
    "PyTorch, index": Torch,
    "scikit-learn": ScikitLearn,
    "PyTorch, DataLoader": TorchLoader,
}
OTHERS = {"784-512-256-10": OursLarge}  # measured by itself
