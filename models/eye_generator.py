"""Weights of a generator of painted eyes -> an ONNX graph.

The network: the generator of a conditional DCGAN (Radford et al. 2016), six transposed convolutions of 4 x 4 from a latent to an image of
128 x 128, trained by Rogier Knoester on eyes that were cut out of paintings (OmniArt). The latent's first 100 numbers are noise; its last
eight stood for the eye's colour while it was trained, one of them 1 and the rest 0. Here all 108 are free.

Every BatchNormalization is folded into the convolution before it, in float64. Weights are then stored as int8, with one scale an output
channel, which takes half of float16's bytes; tests/golden/make_eyes.py prints how far that moves images.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from weights import Weights, file_of

OPSET = 19
IR_VERSION = 9
EPSILON = 1e-5  # of every BatchNormalization
KERNEL = 4
LATENT = 108
SIDE = 128


class Layer(NamedTuple):
    """One transposed convolution, and the normalization after it where there is one: their names in the weights, and the shape."""

    name: str
    conv: str
    norm: str
    inputs: int
    outputs: int
    stride: int = 2


# The weights count activations and a dropout too.
LAYERS = (
    Layer("up0", "main.0", "main.1", LATENT, 1024, stride=1),
    Layer("up1", "main.4", "main.5", 1024, 512),
    Layer("up2", "main.7", "main.8", 512, 256),
    Layer("up3", "main.10", "main.11", 256, 128),
    Layer("up4", "main.13", "main.14", 128, 64),
    Layer("up5", "main.16", "", 64, 3),
)


def fold(weights: Weights, layer: Layer) -> tuple[np.ndarray, np.ndarray]:
    """Weights inputs x outputs x 4 x 4 and bias of the convolution that does both, in float64."""
    weight = weights.take(f"{layer.conv}.weight", (layer.inputs, layer.outputs, KERNEL, KERNEL))
    if not layer.norm:
        return weight, np.zeros(layer.outputs)
    scale, shift = weights.normalization(layer.norm, layer.outputs, EPSILON)
    return weight * scale[None, :, None, None], shift


def constants_of(layer: Layer, weight: np.ndarray, bias: np.ndarray) -> list[onnx.TensorProto]:
    """int8 weights, a scale for each output channel, and the bias."""
    scale = np.abs(weight).max(axis=(0, 2, 3)) / 127
    whole = np.rint(weight / scale[None, :, None, None]).astype(np.int8)
    parts = {"int8": whole, "scale": scale.astype(np.float32), "bias": bias.astype(np.float32)}
    return [numpy_helper.from_array(values, f"{layer.name}.{part}") for part, values in parts.items()]


def nodes_of(layer: Layer, x: str) -> list[onnx.NodeProto]:
    """The convolution, and what makes float32 of its weights; its result is the tensor '<name>.conv'."""
    name, size = layer.name, [KERNEL] * 2
    return [
        helper.make_node(
            "DequantizeLinear", [f"{name}.int8", f"{name}.scale"], [f"{name}.weight"], f"/{name}/weight", axis=1
        ),
        helper.make_node(
            "ConvTranspose",
            [x, f"{name}.weight", f"{name}.bias"],
            [f"{name}.conv"],
            f"/{name}/conv",
            kernel_shape=size,
            strides=[layer.stride] * 2,
            pads=[layer.stride - 1] * 4,
        ),
    ]


def convert(tensors: dict[str, np.ndarray]) -> bytes:
    """The ONNX file made from the state dict. The same weights give the same bytes. ValueError if the weights are another network's."""
    weights = Weights(tensors)
    constants = [numpy_helper.from_array(np.array([1, LATENT, 1, 1]), "column.shape")]
    nodes, x = [helper.make_node("Reshape", ["latent", "column.shape"], ["column"], "/column")], "column"
    for layer in LAYERS:
        constants += constants_of(layer, *fold(weights, layer))
        nodes += nodes_of(layer, x)
        activation, x = ("Relu", layer.name) if layer.norm else ("Tanh", "image")
        nodes.append(helper.make_node(activation, [f"{layer.name}.conv"], [x], f"/{x}"))
    weights.check_all_asked()
    latent = helper.make_tensor_value_info("latent", TensorProto.FLOAT, [1, LATENT])
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, SIDE, SIDE])
    return file_of(helper.make_graph(nodes, "Painted eyes", [latent], [image], constants), OPSET, IR_VERSION)
