"""Networks of keras.applications, narrow, with random weights as families/weights.py gives them."""

from __future__ import annotations

import math

import keras
import numpy as np

CLASSES = 10
LINEAR = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.Dense)


def mobilenet_v2(side: int) -> keras.Model:
    return keras.applications.MobileNetV2((side, side, 3), alpha=0.1, weights=None, classes=CLASSES)


def efficientnet_b0(side: int) -> keras.Model:
    from keras.src.applications.efficientnet import EfficientNet

    return EfficientNet(0.1, 0.5, 64, input_shape=(side, side, 3), weights=None, classes=CLASSES, name="efficientnet")


def settle(model: keras.Model, images: np.ndarray, seed: int) -> None:
    """Layer after layer, so that each sees what the ones before it make of the images."""
    random = np.random.default_rng(seed)
    for layer in model.layers:
        if isinstance(layer, LINEAR):
            settle_linear(layer, random)
        elif isinstance(layer, keras.layers.BatchNormalization):
            inputs = keras.Model(model.inputs, layer.input)(images, training=False)
            settle_norm(layer, np.asarray(inputs), random)


def settle_linear(layer: keras.layers.Layer, random: np.random.Generator) -> None:
    weights = []
    for value in layer.get_weights():
        if value.ndim > 1:
            fan_in = value[..., 0].size if not isinstance(layer, keras.layers.DepthwiseConv2D) else value[..., 0, 0].size
            weights.append(random.integers(-3, 4, value.shape) * 2.0 ** round(math.log2(1 / math.sqrt(2 * fan_in))))
        else:
            weights.append(random.integers(-6, 7, value.shape) / 16)
    layer.set_weights(weights)


def settle_norm(layer: keras.layers.Layer, x: np.ndarray, random: np.random.Generator) -> None:
    channels = x.shape[-1]
    scale = 2.0 ** round(math.log2(x.std()))
    mean = (np.round(x.mean((0, 1, 2)) / scale * 8) + random.integers(-2, 3, channels)) * scale / 8
    variance = (scale * random.integers(1, 3, channels)) ** 2 - layer.epsilon
    gamma, beta = random.integers(3, 7, channels) / 4, random.integers(-4, 5, channels) / 8
    layer.set_weights([gamma, beta, mean, variance])
