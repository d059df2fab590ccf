"""Convolutional networks of torchvision and timm, and those whose published form neither has."""

from __future__ import annotations

import timm
import torch
import torchvision.models as tv
from timm.models import convnext, regnet, resnet, resnetv2
from timm.layers import GroupNormAct
from torch import Tensor, nn
from torchvision.models.efficientnet import EfficientNet, _efficientnet_conf
from torchvision.models.vgg import VGG, make_layers

from .narrow import CLASSES, narrowed


def resnet18() -> nn.Module:
    with narrowed(16):
        return tv.resnet18(num_classes=CLASSES)


def resnet34() -> nn.Module:
    """timm's "d" variant: a stem of three convolutions, downsampling by average pooling."""
    return resnet.ResNet(resnet.BasicBlock, (3, 4, 6, 3), num_classes=CLASSES, channels=(4, 8, 12, 16), stem_width=4,
                         stem_type="deep", avg_down=True)


def resnet50() -> nn.Module:
    with narrowed(16):
        return tv.resnet50(num_classes=CLASSES)


def resnet101() -> nn.Module:
    with narrowed(32):
        return tv.resnet101(num_classes=CLASSES)


def resnext() -> nn.Module:
    return resnet.ResNet(resnet.Bottleneck, (2, 2, 2, 2), num_classes=CLASSES, channels=(4, 8, 12, 16), stem_width=8,
                         cardinality=4, base_width=32)


def vgg(normalized: bool) -> nn.Module:
    """VGG-16 for images of 64, where the pooling before the classifier has nothing to do, as it has for images of 224."""
    widths = [4, 4, "M", 8, 8, "M", 16, 16, 16, "M", 24, 24, 24, "M", 32, 32, 32, "M"]
    network = VGG(nn.Identity(), num_classes=CLASSES, init_weights=False)
    network.features = make_layers(widths, batch_norm=normalized)
    network.avgpool = nn.AdaptiveAvgPool2d((2, 2))
    network.classifier[0] = nn.Linear(128, 64)
    network.classifier[3] = nn.Linear(64, 64)
    network.classifier[6] = nn.Linear(64, CLASSES)
    return network


def alexnet() -> nn.Module:
    with narrowed(32):
        return tv.alexnet(num_classes=CLASSES)


class Inception(nn.Module):
    """A block of GoogLeNet, without normalization; widths: 1x1, 3x3 reduced, 3x3, 5x5 reduced, 5x5, pooled."""

    def __init__(self, inputs: int, widths: tuple[int, ...]):
        super().__init__()
        one, three_reduced, three, five_reduced, five, pooled = widths
        self.one = nn.Conv2d(inputs, one, 1)
        self.three_reduced = nn.Conv2d(inputs, three_reduced, 1)
        self.three = nn.Conv2d(three_reduced, three, 3, padding=1)
        self.five_reduced = nn.Conv2d(inputs, five_reduced, 1)
        self.five = nn.Conv2d(five_reduced, five, 5, padding=2)
        self.pool = nn.MaxPool2d(3, 1, padding=1)
        self.pooled = nn.Conv2d(inputs, pooled, 1)

    def forward(self, x: Tensor) -> Tensor:
        three = self.three(self.three_reduced(x).relu())
        five = self.five(self.five_reduced(x).relu())
        return torch.cat([self.one(x), three, five, self.pooled(self.pool(x))], 1).relu()


class GoogLeNet(nn.Module):
    """Inception V1 as Caffe and TensorFlow have it: local response normalization, pooling whose last window may overhang."""

    # The published widths over 8.
    BLOCKS = (((8, 12, 16, 2, 4, 4), (16, 16, 24, 4, 12, 8)),
              ((24, 12, 26, 2, 6, 8), (20, 14, 28, 3, 8, 8), (16, 16, 32, 3, 8, 8), (14, 18, 36, 4, 8, 8), (32, 20, 40, 4, 16, 16)),
              ((32, 20, 40, 4, 16, 16), (48, 24, 48, 6, 16, 16)))

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 7, 2, padding=3)
        self.conv2_reduced = nn.Conv2d(8, 8, 1)
        self.conv2 = nn.Conv2d(8, 24, 3, padding=1)
        self.pool = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.norm = nn.LocalResponseNorm(5, alpha=0.5, beta=0.75, k=2.0)
        inputs, groups = 24, []
        for group in self.BLOCKS:
            blocks = []
            for widths in group:
                blocks.append(Inception(inputs, widths))
                inputs = widths[0] + widths[2] + widths[4] + widths[5]
            groups.append(nn.Sequential(*blocks))
        self.inception3, self.inception4, self.inception5 = groups
        self.average = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(inputs, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(self.pool(self.conv1(x).relu()))
        x = self.pool(self.norm(self.conv2(self.conv2_reduced(x).relu()).relu()))
        x = self.inception4(self.pool(self.inception3(x)))
        x = self.inception5(self.pool(x))
        return self.classifier(self.average(x).flatten(1)).softmax(1)


def inception_v3() -> nn.Module:
    """With the change of normalization in the graph that torchvision's trained weights ask for."""
    with narrowed(16):
        return tv.inception_v3(num_classes=CLASSES, aux_logits=False, transform_input=True, init_weights=False)


def squeezenet() -> nn.Module:
    with narrowed(4):
        return tv.squeezenet1_1(num_classes=CLASSES)


def densenet() -> nn.Module:
    return tv.DenseNet(4, (3, 6, 6, 4), 8, bn_size=2, num_classes=CLASSES)


def mobilenet_v2() -> nn.Module:
    with narrowed(8):
        return tv.mobilenet_v2(num_classes=CLASSES)


def mobilenet_v3() -> nn.Module:
    return tv.mobilenet_v3_large(width_mult=0.1, num_classes=CLASSES)


def shufflenet() -> nn.Module:
    return tv.ShuffleNetV2([2, 4, 2], [8, 16, 32, 64, 64], num_classes=CLASSES)


def efficientnet_b0() -> nn.Module:
    blocks, _ = _efficientnet_conf("efficientnet_b0", width_mult=0.1, depth_mult=0.6)
    return EfficientNet(blocks, dropout=0.2, num_classes=CLASSES)


def efficientnet_lite(padding: str) -> nn.Module:
    """padding "same": TensorFlow's, in nodes of its own."""
    with narrowed(8):
        return timm.create_model("efficientnet_lite0", num_classes=CLASSES, pad_type=padding)


def convnext_v1() -> nn.Module:
    return convnext.ConvNeXt(num_classes=CLASSES, depths=(1, 1, 2, 1), dims=(8, 16, 24, 32))


def convnext_v2() -> nn.Module:
    return convnext.ConvNeXt(num_classes=CLASSES, depths=(1, 1, 2, 1), dims=(8, 16, 24, 32), use_grn=True, ls_init_value=None,
                             conv_mlp=True)


def regnet_x() -> nn.Module:
    return regnet.RegNet(regnet.RegNetCfg(depth=7, w0=8, wa=8, wm=2, group_size=4, stem_width=8), num_classes=CLASSES)


def regnet_y() -> nn.Module:
    return regnet.RegNet(regnet.RegNetCfg(depth=7, w0=8, wa=8, wm=2, group_size=4, stem_width=8, se_ratio=0.25),
                         num_classes=CLASSES)


def bit() -> nn.Module:
    """Big Transfer's ResNet-v2: group normalization, standardized weights, zeros padded before the stem's pooling."""
    return resnetv2.ResNetV2([1, 2, 2, 1], (16, 32, 48, 64), num_classes=CLASSES, stem_chs=8, stem_type="fixed",
                             norm_layer=lambda width, **options: GroupNormAct(width, num_groups=4, **options))
