"""Makes the networks of libraries, whose widths are written in their code, as narrow as a test needs them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn

CLASSES = 10
KEPT = (1, 3, CLASSES)  # the image's colours, and the classes


@contextmanager
def narrowed(divisor: int) -> Iterator[None]:
    """Layers made inside have `divisor` times fewer channels; all widths must be multiples of it."""
    originals = {kind: kind.__init__ for kind in (nn.Conv2d, nn.Linear, nn.BatchNorm2d)}

    def less(width: int) -> int:
        if width in KEPT:
            return width
        if width % divisor:
            raise ValueError(f"a width of {width} cannot be divided by {divisor}")
        return width // divisor

    def convolution(self, inputs, outputs, kernel_size, stride=1, padding=0, dilation=1, groups=1, *arguments, **options):
        groups = less(groups) if groups == inputs else groups
        form = (kernel_size, stride, padding, dilation, groups, *arguments)
        originals[nn.Conv2d](self, less(inputs), less(outputs), *form, **options)

    def linear(self, inputs, outputs, *arguments, **options):
        originals[nn.Linear](self, less(inputs), less(outputs), *arguments, **options)

    def norm(self, width, *arguments, **options):
        originals[nn.BatchNorm2d](self, less(width), *arguments, **options)

    try:
        nn.Conv2d.__init__, nn.Linear.__init__, nn.BatchNorm2d.__init__ = convolution, linear, norm
        yield
    finally:
        for kind, original in originals.items():
            kind.__init__ = original
