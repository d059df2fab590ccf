"""What PyTorch computes in float64 for an exported network, by the names that the file gives to its values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

from .formulas import MEAN, STD, deviation, make_image, summed

DEPTHS = (0.15, 0.6)  # where in a file the early and the middle layer are looked for; the third is the output
SEEDS = range(1, 40)  # of images
LEAST = 1e-4  # the norm of a gradient; 1 / LEAST: the largest


@dataclass(frozen=True)
class Layer:
    name: str  # in the file
    module: str  # whose result it is; "" for the network's


def tensor_of(image: np.ndarray, dtype: torch.dtype) -> Tensor:
    return ((torch.from_numpy(image).permute(2, 0, 1)[None] - MEAN) / STD).to(dtype)


def recorded(model: nn.Module, x: Tensor) -> dict[str, Tensor]:
    """The results of all modules that give one tensor of floats, in the order of computation; the network's is ""."""
    found: dict[str, Tensor] = {}

    def keep(name: str):
        def hook(_module: nn.Module, _inputs: tuple, output: object) -> None:
            # An operation in place would change it later.
            if isinstance(output, Tensor) and output.is_floating_point() and output.dim() in (2, 3, 4) and name not in found:
                found[name] = output.clone() if output.requires_grad else output.clone().requires_grad_(False)

        return hook

    hooks = [module.register_forward_hook(keep(name)) for name, module in model.named_modules()]
    model(x)
    for hook in hooks:
        hook.remove()
    return found


def values_of(exported: onnx.ModelProto, x: Tensor) -> dict[str, np.ndarray]:
    """All values of the file by onnxruntime, in its order; names that are only another name for a value are left out."""
    every = onnx.ModelProto()
    every.CopyFrom(exported)
    names = [node.output[0] for node in every.graph.node if node.output[0] and node.op_type not in ("Identity", "Cast", "Constant")]
    del every.graph.output[:]
    every.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(every.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return dict(zip(names, session.run(names, {session.get_inputs()[0].name: x.numpy()}), strict=True))


def choose_layers(model: nn.Module, exported: onnx.ModelProto, x: Tensor) -> list[Layer]:
    """An early layer, a middle one and the output: values of the file that are the result of a module."""
    with torch.no_grad():
        modules = {name: value.numpy() for name, value in recorded(model, x).items()}
    values = values_of(exported, x)
    output = exported.graph.output[0].name
    if output not in values or not agree(values[output], modules[""]):
        raise ValueError("onnxruntime's output is not PyTorch's")
    layers = []
    order = list(values)
    for depth in DEPTHS:
        late = order[round(depth * len(order)) :]
        layers.append(next(Layer(name, module) for name in late for module in modules if module and agree(values[name], modules[module])))
    return [*layers, Layer(output, "")]


def agree(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and bool(np.abs(a - b).max() <= 1e-4 * np.abs(b).max())


def golden(model: nn.Module, layers: list[Layer], side: int) -> dict:
    """For the first image on which float32 agrees with float64, that is: where no value stands so near to a kink of an activation
    that rounding decides on which side."""
    best = None
    for seed in SEEDS:
        image = make_image(seed, side)
        wanted = evaluate(model.double(), layers, image, torch.float64, None)
        found = evaluate(model.float(), layers, image, torch.float32, wanted)
        worst = max(deviation(f[key], w[key]) for f, w in zip(found, wanted, strict=True) for key in ("values", "gradient"))
        if best is None or worst < best[0]:
            best = (worst, seed, wanted)
        if worst < 2e-5:
            break
    worst, seed, wanted = best
    return {"image": {"seed": seed, "side": side}, "float32": float(f"{worst:.1e}"), "layers": wanted}


def evaluate(model: nn.Module, layers: list[Layer], image: np.ndarray, dtype: torch.dtype, known: list[dict] | None) -> list[dict]:
    """The layers' values and the gradients of one unit each: of those that are known, or of ones that respond."""
    pixels = torch.from_numpy(image).to(dtype).requires_grad_()
    results = recorded(model, (pixels.permute(2, 0, 1)[None] - MEAN) / STD)
    evaluated = []
    for i, layer in enumerate(layers):
        value = results[layer.module]
        units = [known[i]["unit"]] if known else candidates(value, mean=i != 0)
        gradients = ((unit, torch.autograd.grad(score_of(value, unit), pixels, retain_graph=True)[0]) for unit in units)
        unit, gradient = next((found for found in gradients if LEAST < float(found[1].norm()) < 1 / LEAST), (None, None))
        if gradient is None:
            raise ValueError(f"layer {layer.name}: the gradient vanished or exploded")
        evaluated.append({"name": layer.name, "module": layer.module, "shape": list(value.shape), "unit": unit,
                          "values": summed(value.detach().numpy()), "gradient": summed(gradient.numpy())})
    return evaluated


def candidates(value: Tensor, mean: bool) -> list[dict]:
    """The unit that varies most over positions: in the mean over them, and where it is largest. What is normalized over positions
    has a mean without a gradient."""
    by_unit = units_first(value).detach()
    index = int((by_unit.std(1) if by_unit.shape[1] > 1 else by_unit.abs()[:, 0]).argmax())
    if value.dim() == 2:
        return [{"index": index}]
    y, x = divmod(int(by_unit[index].abs().argmax()), value.shape[3] if value.dim() == 4 else value.shape[1])
    one = {"index": index, "y": y, "x": x}
    return [{"index": index}, one] if mean else [one]


def units_first(value: Tensor) -> Tensor:
    """units x positions, of one image's N x C, N x T x F or N x C x H x W."""
    return value[0].T if value.dim() == 3 else value[0].flatten(1) if value.dim() == 4 else value[0][:, None]


def score_of(value: Tensor, unit: dict) -> Tensor:
    of_unit = units_first(value)[unit["index"]]
    return of_unit[unit["y"] * (value.shape[3] if value.dim() == 4 else 0) + unit["x"]] if "y" in unit else of_unit.mean()
