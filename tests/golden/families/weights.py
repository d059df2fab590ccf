"""Random weights that keep a network of any depth alive, of so few bits that the files pack well.

A weight is one of seven numbers, times a power of 2 for the whole tensor, chosen so that the layer's outputs have a deviation near 1
on some images. Running variances make 1 / sqrt(variance + epsilon) a power of 2, so that an exporter that folds normalization into
convolutions adds few bits.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

LINEAR = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)
NORMS = (nn.BatchNorm2d, nn.BatchNorm1d)


def settle(model: nn.Module, images: Tensor, seed: int) -> None:
    """Gives every parameter and statistic of `model` its value; one pass of `images` sets the scales, first layer first."""
    random = torch.Generator().manual_seed(seed)
    batch_norms = {id(p) for module in model.modules() if isinstance(module, NORMS) for p in module.parameters(recurse=False)}
    for name, parameter in model.named_parameters():
        if id(parameter) not in batch_norms:
            parameter.data = start(name, parameter, random)
    hooks = [module.register_forward_hook(scale_layer) for module in model.modules() if isinstance(module, LINEAR)]
    hooks += [
        module.register_forward_hook(lambda *call: set_statistics(*call, random))
        for module in model.modules()
        if isinstance(module, NORMS)
    ]
    with torch.no_grad():
        model(images)
    for hook in hooks:
        hook.remove()


def start(name: str, parameter: Tensor, random: torch.Generator) -> Tensor:
    """Weights of layers in seven steps, gains of normalizations in steps of 1/8. What is added has all its bits, so that no value
    stands at an activation's kink exactly."""
    leaf = name.split(".")[-1]
    if parameter.dim() >= 2 and "weight" in leaf:
        return steps(parameter, -3, 3, random) * power_of_2(1 / math.sqrt(4 * max(parameter[0].numel(), 1)))
    if leaf == "weight" and parameter.dim() == 1 and parameter.numel() > 1:
        return steps(parameter, 6, 12, random) / 8
    if leaf.startswith("gamma") or leaf in ("scale", "lambda1"):
        return steps(parameter, 4, 12, random) / 16
    if leaf == "weight":  # of a PReLU
        return torch.full_like(parameter, 0.25)
    return torch.rand(parameter.shape, generator=random) - 0.5


def steps(like: Tensor, low: int, high: int, random: torch.Generator) -> Tensor:
    return torch.randint(low, high + 1, like.shape, generator=random).to(like.dtype)


def power_of_2(value: float) -> float:
    return 2.0 ** round(math.log2(value))


def scale_layer(module: nn.Module, _inputs: tuple, output: Tensor) -> Tensor:
    deviation = float(output.std())
    if not math.isfinite(deviation) or deviation == 0:
        return output
    factor = power_of_2(1 / deviation)
    for parameter in module.parameters(recurse=False):
        parameter.data *= factor
    return output * factor


def set_statistics(module: nn.Module, inputs: tuple, _output: Tensor, random: torch.Generator) -> Tensor:
    """A BatchNormalization that does not quite normalize: a channel is divided by once or twice the deviation of all. (Dividing
    each by its own would enlarge rounding errors, layer after layer, where a channel hardly varies.)"""
    (x,) = inputs
    axes = [0, *range(2, x.dim())]
    deviation = power_of_2(float(x.std())) * steps(module.running_var, 1, 2, random)
    step = power_of_2(float(x.std()) / 8)
    module.running_mean.copy_(((x.mean(axes) / step).round() + steps(module.running_mean, -2, 2, random)) * step)
    module.running_var.copy_(deviation**2 - module.eps)
    if module.affine:
        module.weight.data = steps(module.weight, 3, 6, random) / 4
        module.bias.data = torch.rand(module.bias.shape, generator=random) - 0.5
    return nn.functional.batch_norm(x, module.running_mean, module.running_var, module.weight, module.bias, False, 0.0, module.eps)
