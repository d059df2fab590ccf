"""What PyTorch computes in float64 for an exported network, by the names that the file gives to its values."""

from __future__ import annotations

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from .formulas import MEAN, STD, make_image, summed, worst_of
from .matching import Layer, choose

SEEDS = range(1, 13)  # of images
ENOUGH = 3e-5
NOISE = 3e-7  # of a module's result, in its deviations: a few roundings of float32
UNIT_AXES = {2: (1,), 3: (2,), 4: (1, 3)}  # of N x C, N x T x F, N x C x H x W and N x H x W x C
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
        worst = worst_of(found, wanted)
        if best is None or worst < best[0]:
            best = (worst, seed, wanted)
        if worst < ENOUGH:
            break
    if best is None:
        raise ValueError("the gradients vanish or explode")
    worst, seed, wanted = best
    return {"image": {"seed": seed, "side": side}, "disturbed": float(f"{worst:.1e}"), "layers": wanted}


def evaluate(model: nn.Module, layers: list[Layer], image: np.ndarray, noise: float = 0, known: list[dict] | None = None):
    """The layers' values and the gradients of a unit each, along every axis that may hold units; of those that are known, or of ones
    that respond. None where one does not."""
    pixels = torch.from_numpy(image).requires_grad_()
    results = recorded(model, (pixels.permute(2, 0, 1)[None] - MEAN) / STD, noise)
    evaluated = []
    for i, layer in enumerate(layers):
        value = results[layer.module]
        gradients = []
        for k, axis in enumerate(UNIT_AXES[value.dim()]):
            by_unit = value.movedim(axis, 1)
            units = [known[i]["gradients"][k]["unit"]] if known else candidates(by_unit.detach(), mean=i != 0)
            tried = ((unit, torch.autograd.grad(score_of(by_unit, unit), pixels, retain_graph=True)[0]) for unit in units)
            unit, gradient = next((pair for pair in tried if known or LEAST < float(pair[1].norm()) < 1 / LEAST), (None, None))
            if gradient is None:
                return None
            gradients.append({"axis": axis, "unit": unit, **summed(gradient.numpy())})
        evaluated.append({"name": layer.name, "module": layer.module, "shape": list(value.shape),
                          "values": summed(value.detach().numpy()), "gradients": gradients})
    return evaluated


def candidates(by_unit: Tensor, mean: bool) -> list[dict]:
    """The unit that varies most over positions: in the mean over them, and where it is largest. What is normalized over positions
    has a mean without a gradient. by_unit: images or windows x units (x height) (x width)."""
    flat = by_unit.transpose(0, 1).flatten(1)
    index = int((flat.std(1) if flat.shape[1] > 1 else flat.abs()[:, 0]).argmax())
    if by_unit.dim() == 2:
        return [{"index": index}]
    place = int(by_unit[:, index].mean(0).abs().argmax())
    y, x = divmod(place, by_unit.shape[3]) if by_unit.dim() == 4 else (0, place)
    one = {"index": index, "y": y, "x": x}
    return [{"index": index}, one] if mean else [one]


def score_of(by_unit: Tensor, unit: dict) -> Tensor:
    """The mean over all positions or of one, and over windows."""
    of_unit = by_unit[:, unit["index"]]
    if "y" in unit:
        of_unit = of_unit[:, unit["y"], unit["x"]] if of_unit.dim() == 3 else of_unit[:, unit["x"]]
    return of_unit.mean()
