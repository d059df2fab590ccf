"""Weights of an EfficientNet-Lite -> an ONNX graph.

The networks: Tan and Le 2019 (EfficientNet) without squeeze-and-excitation and with ReLU6, as TensorFlow's TPU models define the Lite
variants; 'same' padding in TensorFlow's sense, so that a stride of 2 pads more at the bottom and right when the size is even
(auto_pad SAME_UPPER, right for every size). The preprocessing is not in the graph: the manifest says it.

Every BatchNormalization is folded into the convolution before it, in float64. A tensor of FLOAT16_FROM numbers or more is then stored
as float16 and cast to float32 by the graph; the smaller ones stay float32: they are 2 % of Lite0's weights, but rounding them would make
its logits' deviation four times larger (the first depthwise convolutions alone make most of it).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil
from typing import Any, Iterator, NamedTuple

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from weights import Weights, file_of

OPSET = 13
IR_VERSION = 7
FLOAT16_FROM = 16384
EPSILON = 1e-3  # of every BatchNormalization


class Stage(NamedTuple):
    """Blocks of one shape; only the first has the stride, and the others add their input to their output."""

    blocks: int
    kernel: int
    stride: int
    expand: int
    channels: int


class Network(NamedTuple):
    """One of the family: its name, and how much wider and deeper than Lite0 it is."""

    title: str
    width: float
    depth: float


LITE0 = Network("EfficientNet-Lite0", 1.0, 1.0)
LITE1 = Network("EfficientNet-Lite1", 1.0, 1.1)
LITE2 = Network("EfficientNet-Lite2", 1.1, 1.2)

# Lite0's.
STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)


def stages(network: Network) -> list[Stage]:
    """Of all but the first and the last there are more blocks in deeper networks; all are wider in wider ones, but stem and head are not."""
    inner = STAGES[1:-1]
    return [
        stage._replace(
            blocks=ceil(stage.blocks * network.depth) if stage in inner else stage.blocks,
            channels=wider(stage.channels, network.width),
        )
        for stage in STAGES
    ]


def wider(channels: int, width: float) -> int:
    """The nearest multiple of 8, not below nine tenths."""
    nearest = max(8, int(channels * width + 4) // 8 * 8)
    return nearest + 8 if nearest < 0.9 * channels * width else nearest


@dataclass
class Graph:
    """Nodes and initializers in the making. Methods take and return names of tensors, N x channels x height x width."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    initializers: list[onnx.TensorProto] = field(default_factory=list)

    def node(self, op: str, inputs: list[str], output: str, name: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(op, inputs, [output], name, **attributes))
        return output

    def constant(self, values: np.ndarray, name: str) -> str:
        """A float32 tensor; a large one is stored as float16 behind a Cast."""
        if values.size < FLOAT16_FROM:
            self.initializers.append(numpy_helper.from_array(values.astype(np.float32), name))
            return name
        self.initializers.append(numpy_helper.from_array(values.astype(np.float16), f"{name}.float16"))
        return self.node("Cast", [f"{name}.float16"], name, f"/{name}/cast", to=TensorProto.FLOAT)

    def relu6(self, x: str, output: str) -> str:
        return self.node("Clip", [x, "relu6.min", "relu6.max"], output, f"/{output}/relu6")


class Conv(NamedTuple):
    """One convolution and the normalization after it: their names in the weights, and the shape."""

    conv: str
    norm: str
    inputs: int
    outputs: int
    kernel: int = 1
    stride: int = 1
    depthwise: bool = False


def fold(weights: Weights, conv: Conv) -> tuple[np.ndarray, np.ndarray]:
    """Weights outputs x inputs x kernel x kernel and bias of the convolution that does both, in float64."""
    shape = (conv.outputs, 1 if conv.depthwise else conv.inputs, conv.kernel, conv.kernel)
    weight = weights.take(f"{conv.conv}.weight", shape)
    scale, shift = weights.normalization(conv.norm, conv.outputs, EPSILON)
    return weight * scale[:, None, None, None], shift


def add_conv(graph: Graph, weights: Weights, conv: Conv, x: str, layer: str, output: str) -> str:
    """The convolution of `layer`, its result named `output`."""
    weight, bias = fold(weights, conv)
    inputs = [x, graph.constant(weight, f"{layer}.weight"), graph.constant(bias, f"{layer}.bias")]
    return graph.node(
        "Conv",
        inputs,
        output,
        f"/{layer}/conv",
        kernel_shape=[conv.kernel] * 2,
        strides=[conv.stride] * 2,
        group=conv.outputs if conv.depthwise else 1,
        auto_pad="SAME_UPPER",
    )


def add_activated(graph: Graph, weights: Weights, conv: Conv, x: str, layer: str) -> str:
    """Convolution and ReLU6: the tensors '<layer>.conv' and '<layer>'."""
    return graph.relu6(add_conv(graph, weights, conv, x, layer, f"{layer}.conv"), layer)


class Block(NamedTuple):
    """One inverted residual block: its name here, its prefix in the weights, and its shape."""

    name: str
    prefix: str
    inputs: int
    outputs: int
    kernel: int
    stride: int
    expand: int
    residual: bool


def blocks(network: Network) -> Iterator[Block]:
    """Named blocks.<stage>.<index in the stage>; the weights count them through."""
    inputs, count = 32, 0
    for s, stage in enumerate(stages(network)):
        for i in range(stage.blocks):
            stride = stage.stride if i == 0 else 1
            names = f"blocks.{s}.{i}", f"_blocks.{count}"
            yield Block(*names, inputs, stage.channels, stage.kernel, stride, stage.expand, residual=i > 0)
            inputs, count = stage.channels, count + 1


def add_block(graph: Graph, weights: Weights, block: Block, x: str) -> str:
    """expand 1x1 (where the block has it), depthwise, project 1x1, plus the input in a residual block: the tensor `block.name`."""
    name, prefix, wide = block.name, block.prefix, block.inputs * block.expand
    skip = x
    if block.expand > 1:
        conv = Conv(f"{prefix}._expand_conv", f"{prefix}._bn0", block.inputs, wide)
        x = add_activated(graph, weights, conv, x, f"{name}.expand")
    conv = Conv(f"{prefix}._depthwise_conv", f"{prefix}._bn1", wide, wide, block.kernel, block.stride, depthwise=True)
    x = add_activated(graph, weights, conv, x, f"{name}.depthwise")
    conv = Conv(f"{prefix}._project_conv", f"{prefix}._bn2", wide, block.outputs)
    if not block.residual:
        return add_conv(graph, weights, conv, x, f"{name}.project", name)
    x = add_conv(graph, weights, conv, x, f"{name}.project", f"{name}.project")
    return graph.node("Add", [x, skip], name, f"/{name}/add")


def add_network(graph: Graph, weights: Weights, network: Network) -> None:
    """From the tensor 'input' to the tensor 'logits'."""
    graph.constant(np.zeros(()), "relu6.min")
    graph.constant(np.full((), 6.0), "relu6.max")
    x = add_activated(graph, weights, Conv("_conv_stem", "_bn0", 3, 32, kernel=3, stride=2), "input", "stem")
    outputs = 0
    for block in blocks(network):
        x, outputs = add_block(graph, weights, block, x), block.outputs
    x = add_activated(graph, weights, Conv("_conv_head", "_bn1", outputs, 1280), x, "head")
    x = graph.node("GlobalAveragePool", [x], "pool", "/pool")
    x = graph.node("Flatten", [x], "features", "/features", axis=1)
    weight = graph.constant(weights.take("_fc.weight", (1000, 1280)), "logits.weight")
    bias = graph.constant(weights.take("_fc.bias", (1000,)), "logits.bias")
    graph.node("Gemm", [x, weight, bias], "logits", "/logits", transB=1)


def convert(tensors: dict[str, np.ndarray], network: Network) -> bytes:
    """The ONNX file made from the state dict. The same weights give the same bytes. ValueError if the weights are another network's."""
    graph, weights = Graph(), Weights(tensors)
    add_network(graph, weights, network)
    weights.check_all_asked()
    made = helper.make_graph(
        graph.nodes,
        network.title,
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", 3, "height", "width"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", 1000])],
        graph.initializers,
    )
    return file_of(made, OPSET, IR_VERSION)
