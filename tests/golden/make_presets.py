"""Writes presets/*.npy, presets/network.onnx and presets/magnitude.npy: what the presets' sources compute.

python3 -m venv venv && venv/bin/pip install numpy onnx torch==2.13.0 && venv/bin/python tests/golden/make_presets.py

A preset's file holds, one after the other, for a phase and a gradient that the test draws too: the image, d/d phase, three crops,
the adjoint of the first, and of ten steps the image that an eleventh would see, and their scores; of pictures every fifth value. The
boxes stand before all that. fourier's, fourier-standardized's and pixel's hold the image and d/d values alone, every fifth value.

The presets' numbers are in RECIPES of recipes.py: what changes in src/run/presets.c changes there, and then this is run."""

from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import helper, numpy_helper

from recipes import RECIPES, Random, fourier_image, pixel_image

OUT = Path(__file__).with_name("presets")
SIZES = (32, 48), (65, 64)
SIDE, STEPS, CROPS, UNIT = 16, 10, 4, 3
MEAN, STD = torch.tensor([0.45, 0.4, 0.5]), torch.tensor([0.25, 0.2, 0.3])


class Network:
    """Two convolutions, smooth, so that no comparison hangs on which side of a kink a number falls."""

    def __init__(self, random):
        self.weights = {
            "w1": random.uniform(-0.3, 0.3, 6, 3, 3, 3), "b1": random.uniform(-0.2, 0.2, 6),
            "w2": random.uniform(-0.3, 0.3, 8, 6, 3, 3), "b2": random.uniform(-0.2, 0.2, 8),
            "w3": random.uniform(-1, 1, 5, 8), "b3": random.uniform(-0.2, 0.2, 5),
        }  # fmt: skip

    def __call__(self, x):
        w = {name: torch.tensor(value, dtype=torch.float64) for name, value in self.weights.items()}
        x = torch.tanh(F.conv2d(x, w["w1"], w["b1"], stride=2, padding=1))
        x = torch.tanh(F.conv2d(x, w["w2"], w["b2"], stride=2, padding=1))
        return F.linear(x.mean((2, 3)), w["w3"], w["b3"])

    def write(self, path):
        convolution = {"strides": [2, 2], "pads": [1, 1, 1, 1]}
        nodes = [
            helper.make_node("Conv", ["image", "w1", "b1"], ["conv1"], **convolution),
            helper.make_node("Tanh", ["conv1"], ["tanh1"]),
            helper.make_node("Conv", ["tanh1", "w2", "b2"], ["conv2"], **convolution),
            helper.make_node("Tanh", ["conv2"], ["tanh2"]),
            helper.make_node("GlobalAveragePool", ["tanh2"], ["mean"]),
            helper.make_node("Flatten", ["mean"], ["flat"]),
            helper.make_node("Gemm", ["flat", "w3", "b3"], ["logits"], transB=1),
        ]
        graph = helper.make_graph(
            nodes, "tiny",
            [helper.make_tensor_value_info("image", onnx.TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
            [helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, [1, 5])],
            [numpy_helper.from_array(value, name) for name, value in self.weights.items()],
        )  # fmt: skip
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        onnx.checker.check_model(model)
        path.write_bytes(model.SerializeToString())


def make_magnitude(random):
    """Falls as 1/f, differently by channel, faster above radius 48 of 512; +fy and -fy differ, as in a file they may."""
    fy, fx = np.fft.fftfreq(48)[:, None], np.arange(29)[None] / 56
    radius = 512 * np.hypot(fy, fx)
    radius[0, 0] = 4
    law = np.stack([1e4 * radius ** -(1 + 0.15 * c) for c in range(3)]) * np.where(radius > 48, (48 / radius) ** 0.7, 1)
    return (law * random.uniform(0.7, 1.4, 3, 48, 29)).astype(np.float32)


def make_boxes(random, name, height, width):
    """Of every step's crops. faccent's are whole pixels inside; of the others, those that may leave the image do."""
    count = STEPS * CROPS
    if name == "faccent":
        size = (random.uniform(0.3, 0.6, count, 2) * (height, width)).astype(int)
        start = (random.uniform(0, 1, count, 2) * ((height, width) - size)).astype(int)
        return (np.concatenate([start, size], 1) / (height, width, height, width)).astype(np.float32)
    size = random.uniform(0.3, 0.7, count, 1) * np.ones((1, 2))
    if name == "default":
        return np.concatenate([random.uniform(0, 1, count, 2) * (1 - size), size], 1).astype(np.float32)
    return np.concatenate([random.uniform(-0.15, 0.65, count, 2), size], 1).astype(np.float32)


def preprocess(recipe, crops):
    return crops if recipe.own_units else (crops - MEAN[:, None, None]) / STD[:, None, None]


def run(recipe, network, magnitude, phase, boxes):
    """STEPS steps; the image after them, and every step's score."""
    optimizer = recipe.optimizer([phase])
    rate, scores = optimizer.param_groups[0]["lr"], []
    for step in range(STEPS):
        optimizer.param_groups[0]["lr"] = rate * (1 - step / STEPS) if recipe.falling else rate
        optimizer.zero_grad()
        image = recipe.render(magnitude, phase)
        crops = torch.stack([recipe.crop(image, box, SIDE) for box in boxes[step * CROPS : (step + 1) * CROPS]])
        score = network(preprocess(recipe, crops))[:, UNIT].mean()
        score.backward()
        optimizer.step()
        scores.append(score.item())
    return recipe.render(magnitude, phase).detach(), scores


def values(image):
    """In the core's order, H x W x 3."""
    return image.detach().permute(1, 2, 0).reshape(-1).numpy()


def make(name, recipe, network, file, height, width):
    random = Random(height)
    start = random.uniform(-2.5, 2.5, 3, height, width // 2 + 1)
    dimage = random.uniform(-1, 1, height, width, 3)
    dcrop = random.uniform(-1, 1, SIDE, SIDE, 3)
    boxes = make_boxes(random, name, height, width)
    exact = boxes.astype(np.float64)

    magnitude = recipe.magnitude(file, height, width)
    phase = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    image = recipe.render(magnitude, phase)
    (image * torch.tensor(dimage).permute(2, 0, 1)).sum().backward()
    flat = image.detach().requires_grad_()
    crops = [recipe.crop(flat, box, SIDE) for box in exact[:3]]
    (crops[0] * torch.tensor(dcrop).permute(2, 0, 1)).sum().backward()
    again = phase.detach().clone().requires_grad_()
    last, scores = run(recipe, network, magnitude, again, exact)
    parts = [
        boxes.reshape(-1), values(image)[::5], phase.grad.reshape(-1).numpy()[::5], *map(values, crops),
        values(flat.grad)[::5], values(last)[::5], scores,
    ]  # fmt: skip
    np.save(OUT / f"{name}_{height}x{width}.npy", np.concatenate(parts).astype(np.float32))


def make_parametrization(name, render, height, width, *shape):
    random = Random(height + 1)
    start = torch.tensor(random.uniform(-1, 1, *shape), dtype=torch.float64, requires_grad=True)
    dimage = random.uniform(-1, 1, height, width, 3)
    image = render(start)
    (image * torch.tensor(dimage).permute(2, 0, 1)).sum().backward()
    parts = [values(image)[::5], start.grad.reshape(-1).numpy()[::5]]
    np.save(OUT / f"{name}_{height}x{width}.npy", np.concatenate(parts).astype(np.float32))


def make_parametrizations(height, width):
    bins = (2, 3, height, width // 2 + 1)
    make_parametrization("fourier", lambda x: fourier_image(x, height, width, 1.0, False, 0, 1), height, width, *bins)
    make_parametrization(
        "fourier-standardized", lambda x: fourier_image(x, height, width, 1.5, True, -2.5, 2.5), height, width, *bins
    )
    make_parametrization("pixel", lambda x: pixel_image(x, -1, 2), height, width, 3, height, width)


def main():
    OUT.mkdir(exist_ok=True)
    random = Random(1)
    network, file = Network(random), make_magnitude(random)
    network.write(OUT / "network.onnx")
    np.save(OUT / "magnitude.npy", file)
    for name, recipe in RECIPES.items():
        for height, width in SIZES:
            make(name, recipe, network, file, height, width)
    for height, width in SIZES:
        make_parametrizations(height, width)


if __name__ == "__main__":
    main()
