"""The families, and in which forms each is committed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from . import convolutional as c
from . import others as o
from . import transformers as t


@dataclass(frozen=True)
class Family:
    name: str
    build: Callable[[], nn.Module]
    side: int  # of the image
    torchscript: int | None  # opsets; None: this exporter refuses
    dynamo: int | None
    dynamic: str = ""  # exporters that leave the batch open


BOTH = "torchscript dynamo"

FAMILIES = (
    Family("resnet18", c.resnet18, 64, 11, 18, BOTH),
    Family("resnet34d", c.resnet34, 64, 12, 19),
    Family("resnet50", c.resnet50, 64, 13, 20, "torchscript"),
    Family("resnet101", c.resnet101, 64, 14, 18, "dynamo"),
    Family("resnext", c.resnext, 64, 15, 19, BOTH),
    Family("vgg", lambda: c.vgg(False), 64, 16, 20),
    Family("vgg_bn", lambda: c.vgg(True), 64, 17, 18, BOTH),
    Family("alexnet", c.alexnet, 224, 18, 19, "torchscript"),
    Family("googlenet_lrn", c.GoogLeNet, 64, 11, 20, "dynamo"),
    Family("inception_v3", c.inception_v3, 96, 12, 18, "torchscript"),
    Family("squeezenet", c.squeezenet, 64, 19, 19, "dynamo"),
    Family("densenet", c.densenet, 64, 20, 20, BOTH),
    Family("mobilenet_v2", c.mobilenet_v2, 64, 13, 18),
    Family("mobilenet_v3", c.mobilenet_v3, 64, 14, 19, "torchscript"),
    Family("shufflenet_v2", c.shufflenet, 64, 15, 20, "dynamo"),
    Family("efficientnet_b0", c.efficientnet_b0, 64, 16, 18, BOTH),
    Family("efficientnet_lite", lambda: c.efficientnet_lite(""), 64, 17, 19),
    Family("efficientnet_lite_same", lambda: c.efficientnet_lite("same"), 64, 18, 20, "torchscript"),
    Family("convnext", c.convnext_v1, 64, 19, 18, "torchscript"),
    Family("convnext_v2", c.convnext_v2, 64, 12, 19, "dynamo"),
    Family("regnet_x", c.regnet_x, 64, 20, 20),
    Family("regnet_y", c.regnet_y, 64, 11, 18, BOTH),
    Family("bit", c.bit, 64, 13, 19, "torchscript"),
    Family("vit", t.vit, 48, 14, 20, BOTH),
    Family("vit_torchvision", t.vit_torchvision, 48, 16, 18, "dynamo"),
    Family("deit_distilled", t.deit_distilled, 48, 15, 19, "torchscript"),
    Family("dino", t.Dino, 48, 17, 20, BOTH),
    Family("dinov2", t.dinov2, 64, 18, 18),
    Family("dinov2_resampled", t.dinov2, 48, None, 19),
    Family("clip", t.Clip, 48, 19, 19, "torchscript"),
    Family("swin", t.swin, 64, 20, 20, "torchscript"),
    Family("swin_padded", t.swin_torchvision, 64, 14, 18, "dynamo"),
    Family("style_transfer", o.StyleTransfer, 48, 11, 19, "torchscript"),
    Family("unet", o.UNet, 48, 16, 20, "dynamo"),
    Family("activations", o.Activations, 32, 17, 18, BOTH),
)
