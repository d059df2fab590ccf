"""PyTorch's two exporters to ONNX."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings

import onnx
import torch
from torch import nn

EXPORTERS = {"torchscript": range(11, 21), "dynamo": range(18, 21)}  # and the opsets that they write

Names = tuple[str, str]  # of the input and the output
NAMES = "input", "logits"


def export(model: nn.Module, side: int, exporter: str, opset: int, dynamic: bool) -> onnx.ModelProto:
    return export_for(model, torch.zeros(2 if dynamic else 1, 3, side, side), exporter, opset, dynamic)


def export_for(
    model: nn.Module, example: torch.Tensor, exporter: str, opset: int, dynamic: bool, names: Names = NAMES
) -> onnx.ModelProto:
    write = {"torchscript": by_torchscript, "dynamo": by_dynamo}[exporter]
    logging.disable(logging.WARNING)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        exported = write(model, example, opset, dynamic, names)
    logging.disable(logging.NOTSET)
    written = next(entry.version for entry in exported.opset_import if entry.domain == "")
    if written != opset:
        raise ValueError(f"opset {written} was written where {opset} was asked for")
    drop_traces(exported)
    return exported


def by_torchscript(model: nn.Module, image: torch.Tensor, opset: int, dynamic: bool, names: Names) -> onnx.ModelProto:
    file = io.BytesIO()
    axes = {name: {0: "batch"} for name in names} if dynamic else None
    torch.onnx.export(model, (image,), file, opset_version=opset, dynamo=False, input_names=names[:1], output_names=names[1:],
                      dynamic_axes=axes)
    return onnx.load_from_string(file.getvalue())


def by_dynamo(model: nn.Module, image: torch.Tensor, opset: int, dynamic: bool, names: Names) -> onnx.ModelProto:
    shapes = ({0: torch.export.Dim("batch")},) if dynamic else None
    program = torch.onnx.export(model, (image,), opset_version=opset, dynamo=True, input_names=names[:1], output_names=names[1:],
                                dynamic_shapes=shapes, verbose=False)
    return program.model_proto


def drop_traces(exported: onnx.ModelProto) -> None:
    """What the exporters note about Python's files and lines."""
    graph = exported.graph
    for item in (graph, *graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer):
        item.ClearField("doc_string")
        kept = [entry for entry in item.metadata_props if "/" not in entry.value and "\n" not in entry.value]
        del item.metadata_props[:]
        if item is not graph:
            item.metadata_props.extend(entry for entry in kept if entry.key.endswith(".namespace"))
    del exported.metadata_props[:]
