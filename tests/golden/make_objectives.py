"""Writes objectives*.* and groups*.* beside it: what PyTorch computes for objectives on a small network, in float64, stored as float32.

    python3 -m venv venv && venv/bin/pip install numpy onnx torch==2.13.0 && venv/bin/python tests/golden/make_objectives.py

objectives.onnx           the network: layers of every layout that objectives can look at
objectives.jsonl          objectives, one a line
objectives_image.npy      12 x 12 x 3, RGB in [0, 1]
objectives_scores.npy     the score of each
objectives_gradients.npy  n x 12 x 12 x 3: d score / d image of each

groups.jsonl              objectives of 3 images and 2 photos, one a line
groups_images.npy         5 x 12 x 12 x 3: the images, then the photos
groups_scores.npy         the score of each, the mean over the images
groups_gradients.npy      n x 3 x 12 x 12 x 3: d score / d image

It shares no code with the core: objectives are spelled out in PyTorch, gradients are autograd's.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor
from torch.nn import functional as F

HERE = Path(__file__).resolve().parent
SIDE, EARLY, MID, CLASSES = 12, 6, 8, 5
random = np.random.default_rng(3)


def weights(*shape: int, scale: float) -> np.ndarray:
    return random.uniform(-scale, scale, shape).astype(np.float32)


PARAMETERS = {
    "w1": weights(EARLY, 3, 3, 3, scale=0.5),
    "b1": weights(EARLY, scale=0.2),
    "w2": weights(MID, EARLY, 3, 3, scale=0.4),
    "b2": weights(MID, scale=0.2),
    "w3": weights(CLASSES, MID, scale=1.5),
    "b3": weights(CLASSES, scale=0.2),
}


def write_network() -> None:
    """Convolutions lie channels last, what was reshaped lies plain; tokens are N x T x F, pooled and logits N x C."""
    half = SIDE // 2
    nodes = [
        helper.make_node("Conv", ["input", "w1", "b1"], ["early"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["early"], ["early_relu"]),
        helper.make_node("Conv", ["early_relu", "w2", "b2"], ["mid"], pads=[1, 1, 1, 1], strides=[2, 2]),
        helper.make_node("Flatten", ["mid"], ["flat"]),
        helper.make_node("Reshape", ["flat", "map_shape"], ["plain"]),
        helper.make_node("Reshape", ["mid", "token_shape"], ["columns"]),
        helper.make_node("Transpose", ["columns"], ["tokens"], perm=[0, 2, 1]),
        helper.make_node("ReduceMean", ["tokens"], ["class"], axes=[1], keepdims=1),
        helper.make_node("Concat", ["class", "tokens"], ["classed"], axis=1),
        helper.make_node("Sigmoid", ["plain"], ["soft"]),
        helper.make_node("GlobalAveragePool", ["soft"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["features"]),
        helper.make_node("Gemm", ["features", "w3", "b3"], ["logits"], transB=1),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
    ]
    shapes = {"map_shape": [0, MID, half, half], "token_shape": [0, MID, half * half]}
    initializers = [numpy_helper.from_array(value, name) for name, value in PARAMETERS.items()]
    initializers += [numpy_helper.from_array(np.array(value, np.int64), name) for name, value in shapes.items()]
    graph = helper.make_graph(
        nodes,
        "objectives",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", CLASSES])],
        initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    (HERE / "objectives.onnx").write_bytes(model.SerializeToString())


def layers(image: Tensor) -> dict[str, Tensor]:
    """Every layer as positions x units, rows of a map one after another, and the maps' widths."""
    p = {name: torch.tensor(value, dtype=torch.float64) for name, value in PARAMETERS.items()}
    early = F.conv2d(image.permute(2, 0, 1)[None], p["w1"], p["b1"], padding=1)
    mid = F.conv2d(early.relu(), p["w2"], p["b2"], padding=1, stride=2)
    features = mid.sigmoid().mean((2, 3))
    rows = lambda x: x[0].flatten(1).T
    return {
        "early_relu": rows(early.relu()),
        "mid": rows(mid),
        "plain": rows(mid),
        "tokens": rows(mid),
        "classed": torch.cat([rows(mid).mean(0, keepdim=True), rows(mid)]),
        "features": features,
        "logits": F.linear(features, p["w3"], p["b3"]),
    }


WIDTHS = {"early_relu": SIDE, "mid": SIDE // 2, "plain": SIDE // 2}


def chosen_tokens(o: dict, x: Tensor) -> Tensor:
    """Of a layer whose first token is the class token."""
    return {"all": x, "class": x[:1], "patches": x[1:]}[o.get("tokens", "all")]


def distance(x: Tensor, photo: Tensor) -> Tensor:
    return (x - photo).square().sum() / photo.square().sum()


def diversity(own: Tensor, others: list[Tensor]) -> Tensor:
    gram = lambda x: (x.T @ x).flatten()
    return -torch.stack([F.cosine_similarity(gram(own), gram(other), dim=0) for other in others]).mean()


def group_score(o: dict, images: list[dict[str, Tensor]], photos: list[dict[str, Tensor]]) -> Tensor:
    def values(kind: str, part: dict, i: int) -> Tensor:
        of = lambda found: chosen_tokens(part, found[part["layer"]])
        if kind == "distance":
            return distance(of(images[i]), of(photos[part["photo"]]))
        return diversity(of(images[i]), [of(other) for j, other in enumerate(images) if j != i])

    return torch.stack([score(o, images[i], lambda kind, part: values(kind, part, i)) for i in range(len(images))]).mean()


def leaf(o: dict, x: Tensor) -> Tensor:
    """The value at every position of x, positions x units."""
    if o["kind"] in ("channel", "logit", "neuron"):
        return x[:, o["unit"]]
    if o["kind"] == "probability":
        return x.softmax(1)[:, o["unit"]]
    if o["kind"] == "layer":
        return x.square().mean(1)
    vector = torch.tensor(o["vector"], dtype=torch.float64)
    dot, cosine = x @ vector, F.cosine_similarity(x, vector[None], dim=1)
    assert x.norm(dim=1).min() > 1e-3 and (cosine - 0.1).abs().min() > 1e-4, "float32 might decide otherwise"
    if o["kind"] == "direction":
        return dot
    return cosine if o["kind"] == "cosine" else dot * cosine.clamp(min=0.1) ** o.get("power", 2)


def position(o: dict, count: int) -> int:
    width = WIDTHS.get(o["layer"], count)
    return o.get("y", count // width // 2) * width + o.get("x", width // 2)


def score(o: dict, found: dict[str, Tensor], of_group: Callable[[str, dict], Tensor] | None = None) -> Tensor:
    weight = o.get("weight", 1)
    if o["kind"] == "sum":
        return weight * torch.stack([score(part, found, of_group) for part in o["of"]]).sum()
    if o["kind"] == "product":
        return weight * torch.stack([score(part, found, of_group) for part in o["of"]]).prod()
    if of_group and o["kind"] in ("distance", "diversity"):
        return weight * of_group(o["kind"], o)
    values = leaf(o, chosen_tokens(o, found[o.get("layer", "logits")]))
    if o["kind"] == "neuron":
        return weight * values[position(o, len(values))]
    mask = torch.tensor(o["mask"]["values"] if "mask" in o else [1.0] * len(values), dtype=torch.float64)
    return weight * (mask * values).sum() / mask.sum()


def numbers(count: int, low: float = -1) -> list[float]:
    return [round(float(x), 3) for x in random.uniform(low, 1, count)]


def mask(layer: str) -> dict:
    width = WIDTHS.get(layer, SIDE * SIDE // 4)
    height = width if layer in WIDTHS else 1
    return {"height": height, "width": width, "values": [max(0.0, x) for x in numbers(height * width, -0.5)]}


def of(kind: str, *parts: dict, **more: float) -> dict:
    return {"kind": kind, "of": list(parts), **more}


def objectives() -> list[dict]:
    channel = {"kind": "channel", "layer": "mid", "unit": 3}
    logit, probability = {"kind": "logit", "unit": 2}, {"kind": "probability", "unit": 1}
    cosine = {"kind": "cosine", "layer": "mid", "vector": numbers(MID)}
    list_ = [logit, {"kind": "logit", "unit": 1, "layer": "features", "weight": -2.5}, probability]
    for layer in ("mid", "plain", "tokens"):
        here = {"layer": layer}
        list_ += [
            {"kind": "channel", **here, "unit": 5},
            {"kind": "channel", **here, "unit": 2, "mask": mask(layer)},
            {"kind": "neuron", **here, "unit": 1},
            {"kind": "probability", **here, "unit": 4},
            {"kind": "layer", **here},
            {"kind": "direction", **here, "vector": numbers(MID)},
            {"kind": "cosine", **here, "vector": numbers(MID), "mask": mask(layer)},
            {"kind": "dot-cosine", **here, "vector": numbers(MID)},
        ]
    list_ += [
        {"kind": "neuron", "layer": "mid", "unit": 0, "y": 1, "x": 4},
        {"kind": "neuron", "layer": "tokens", "unit": 6, "x": 35},
        {"kind": "layer", "layer": "early_relu", "mask": mask("early_relu")},
        {"kind": "direction", "layer": "mid", "vector": numbers(MID), "mask": mask("mid")},
        {"kind": "dot-cosine", "layer": "mid", "vector": numbers(MID), "mask": mask("mid"), "power": 0.5},
        {"kind": "cosine", "layer": "features", "vector": numbers(MID)},
        of("sum", channel, logit),
        of("sum", {**logit, "weight": -1}, channel, weight=0.5),
        of("product", channel, probability),
        of("product", {**channel, "weight": -2}, cosine, logit, weight=3),
        of("sum", of("product", logit, of("sum", channel, cosine)), {"kind": "layer", "layer": "early_relu", "weight": -0.1}),
        of("product", of("product", logit, logit), of("sum", probability, weight=2)),
    ]
    vector = [0.75, -0.5, 0.25, 1, -1, 0.5, -0.25, 0.1]
    class_token, patches = ({"layer": "classed", "tokens": tokens} for tokens in ("class", "patches"))
    weights = {"height": 1, "width": SIDE * SIDE // 4, "values": [i % 3 for i in range(SIDE * SIDE // 4)]}
    return list_ + [
        {"kind": "channel", **class_token, "unit": 5},
        {"kind": "channel", **patches, "unit": 5},
        {"kind": "layer", **patches, "mask": weights},
        {"kind": "direction", **patches, "vector": vector, "mask": weights},
        {"kind": "cosine", **class_token, "vector": vector},
        {"kind": "dot-cosine", **patches, "vector": vector},
    ]


def groups() -> list[dict]:
    channel = {"kind": "channel", "layer": "mid", "unit": 3}
    list_ = [{"kind": "logit", "unit": 2}]
    for layer in ("early_relu", "plain", "tokens", "logits"):
        list_ += [{"kind": "diversity", "layer": layer}, {"kind": "distance", "layer": layer, "photo": len(layer) % 2}]
    return list_ + [
        of("sum", channel, {"kind": "distance", "layer": "mid", "photo": 1, "weight": -0.3}),
        of("product", channel, {"kind": "diversity", "layer": "mid", "weight": 2}, {"kind": "distance", "layer": "logits", "photo": 0}),
        {"kind": "diversity", "layer": "classed", "tokens": "patches"},
        {"kind": "distance", "layer": "classed", "tokens": "class", "photo": 1},
    ]


def write(name: str, chosen: list[dict], scores: list[float], gradients: list[np.ndarray]) -> None:
    (HERE / f"{name}.jsonl").write_text("".join(json.dumps(o) + "\n" for o in chosen))
    np.save(HERE / f"{name}_scores.npy", np.array(scores, np.float32))
    np.save(HERE / f"{name}_gradients.npy", np.array(gradients, np.float32))


def write_groups() -> None:
    pixels = random.uniform(0, 1, (5, SIDE, SIDE, 3)).astype(np.float32)
    photos = [layers(torch.tensor(x, dtype=torch.float64)) for x in pixels[3:]]
    chosen, scores, gradients = groups(), [], []
    for o in chosen:
        x = torch.tensor(pixels[:3], dtype=torch.float64, requires_grad=True)
        value = group_score(o, [layers(image) for image in x], photos)
        value.backward()
        scores.append(value.item())
        gradients.append(x.grad.numpy())
    np.save(HERE / "groups_images.npy", pixels)
    write("groups", chosen, scores, gradients)


def main() -> None:
    write_network()
    image = random.uniform(0, 1, (SIDE, SIDE, 3)).astype(np.float32)
    chosen, scores, gradients = objectives(), [], []
    for o in chosen:
        x = torch.tensor(image, dtype=torch.float64, requires_grad=True)
        value = score(o, layers(x))
        value.backward()
        scores.append(value.item())
        gradients.append(x.grad.numpy())
    np.save(HERE / "objectives_image.npy", image)
    write("objectives", chosen, scores, gradients)
    write_groups()


if __name__ == "__main__":
    main()
