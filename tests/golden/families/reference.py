"""What PyTorch computes in float64 for an exported network, by the names that the file gives to its values."""

from __future__ import annotations

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from .formulas import MEAN, STD, deviation, make_image, summed
from .matching import Layer, choose

SEEDS = range(1, 13)  # of images
ENOUGH = 3e-5
NOISE = 3e-7  # of a module's result, in its deviations: a few roundings of float32
LEAST = 1e-4  # the norm of a gradient; 1 / LEAST: the largest


def tensor_of(image: np.ndarray, dtype: torch.dtype) -> Tensor:
    return ((torch.from_numpy(image).permute(2, 0, 1)[None] - MEAN) / STD).to(dtype)


def recorded(model: nn.Module, x: Tensor, noise: float = 0) -> dict[str, Tensor]:
    """The results of all modules that give one tensor of floats, in the order of computation; the network's is "". With noise, each
    result is disturbed before it is used."""
    found: dict[str, Tensor] = {}
    random = torch.Generator().manual_seed(1)

    def keep(name: str):
        def hook(_module: nn.Module, _inputs: tuple, output: object) -> Tensor | None:
            if not isinstance(output, Tensor) or not output.is_floating_point() or output.dim() not in (2, 3, 4):
                return None
            if noise:
                disturbance = torch.randn(output.shape, generator=random, dtype=output.dtype)
                output = output + noise * output.detach().std(correction=0) * disturbance
            found.setdefault(name, output.clone())  # an operation in place would change it later
            return output

        return hook

    hooks = [module.register_forward_hook(keep(name)) for name, module in model.named_modules()]
    model(x)
    for hook in hooks:
        hook.remove()
    return found


def choose_layers(model: nn.Module, exported: onnx.ModelProto, x: Tensor) -> list[Layer]:
    with torch.no_grad():
        modules = {name: value.numpy() for name, value in recorded(model, x).items()}
    return choose(exported, x.numpy(), modules)


def golden(model: nn.Module, layers: list[Layer], side: int) -> dict:
    """For the first image where rounding changes little, that is: where no value stands so near to a kink of an activation that
    rounding decides on which side it is. "disturbed" is how far noise of a rounding's size takes the numbers."""
    model = model.double()
    best = None
    for seed in SEEDS:
        image = make_image(seed, side)
        wanted = evaluate(model, layers, image)
        if wanted is None:
            continue
        found = evaluate(model, layers, image, NOISE, known=wanted)
        worst = max(deviation(f[key], w[key]) for f, w in zip(found, wanted, strict=True) for key in ("values", "gradient"))
        if best is None or worst < best[0]:
            best = (worst, seed, wanted)
        if worst < ENOUGH:
            break
    if best is None:
        raise ValueError("the gradients vanish or explode")
    worst, seed, wanted = best
    return {"image": {"seed": seed, "side": side}, "disturbed": float(f"{worst:.1e}"), "layers": wanted}


def evaluate(model: nn.Module, layers: list[Layer], image: np.ndarray, noise: float = 0, known: list[dict] | None = None):
    """The layers' values and the gradients of one unit each: of those that are known, or of ones that respond. None where one does
    not."""
    pixels = torch.from_numpy(image).requires_grad_()
    results = recorded(model, (pixels.permute(2, 0, 1)[None] - MEAN) / STD, noise)
    evaluated = []
    for i, layer in enumerate(layers):
        value = results[layer.module]
        units = [known[i]["unit"]] if known else candidates(value, mean=i != 0)
        gradients = ((unit, torch.autograd.grad(score_of(value, unit), pixels, retain_graph=True)[0]) for unit in units)
        unit, gradient = next((pair for pair in gradients if known or LEAST < float(pair[1].norm()) < 1 / LEAST), (None, None))
        if gradient is None:
            return None
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
