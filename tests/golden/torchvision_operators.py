"""Lets a torchvision be imported whose compiled operators were built for another PyTorch, as PyPI's are beside PyTorch's CPU build: it
describes operators, which must then be declared. None of them is called by these scripts."""

from __future__ import annotations

import torch


def declare() -> torch.library.Library:
    """Before torchvision is imported. What it returns must be kept."""
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in "nms", "qnms":
        if not hasattr(torch.ops.torchvision, name):
            library.define(f"{name}(Tensor dets, Tensor scores, float threshold) -> Tensor")
    return library
