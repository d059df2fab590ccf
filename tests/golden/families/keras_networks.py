"""Networks of keras.applications, narrow, with random weights as families/weights.py gives them."""

from __future__ import annotations

import math

import keras
import numpy as np
import tensorflow as tf

CLASSES = 10
LINEAR = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.Dense)


def mobilenet_v2(side: int) -> keras.Model:
    return keras.applications.MobileNetV2((side, side, 3), alpha=0.1, weights=None, classes=CLASSES)


def efficientnet_b0(side: int) -> keras.Model:
    from keras.src.applications.efficientnet import EfficientNet

    return EfficientNet(0.1, 0.5, 64, input_shape=(side, side, 3), weights=None, classes=CLASSES, name="efficientnet")


def googlenet(side: int) -> keras.Model:
    """The start of Inception V1, whose local response normalization is an operator in TensorFlow, and one of its blocks."""

    def convolution(y, width, size, stride=1):
        return keras.layers.Conv2D(width, size, stride, padding="same", activation="relu")(y)

    def norm(y):
        return LocalResponseNormalization()(y)

    def pool(y, stride):
        return keras.layers.MaxPooling2D(3, stride, padding="same")(y)

    image = keras.Input((side, side, 3))
    y = norm(pool(convolution(image, 8, 7, 2), 2))
    y = pool(norm(convolution(convolution(y, 8, 1), 24, 3)), 2)
    branches = [convolution(y, 8, 1), convolution(convolution(y, 12, 1), 16, 3), convolution(convolution(y, 4, 1), 6, 5),
                convolution(pool(y, 1), 6, 1)]
    y = keras.layers.Concatenate()(branches)
    y = keras.layers.GlobalAveragePooling2D()(keras.layers.AveragePooling2D(2)(y))
    return keras.Model(image, keras.layers.Dense(CLASSES)(y))


class LocalResponseNormalization(keras.layers.Layer):
    """TensorFlow's operator knows no float64: there it is spelt out."""

    def call(self, x):
        if x.dtype != tf.float64:
            return tf.nn.local_response_normalization(x, depth_radius=2, bias=2.0, alpha=0.1, beta=0.75)
        channels = x.shape[-1]
        squares = tf.pad(x * x, ((0, 0), (0, 0), (0, 0), (2, 2)))
        neighbours = tf.add_n([squares[..., k : k + channels] for k in range(5)])
        return x / (2 + 0.1 * neighbours) ** 0.75


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
            weights.append(random.uniform(-0.5, 0.5, value.shape))
    layer.set_weights(weights)


def settle_norm(layer: keras.layers.Layer, x: np.ndarray, random: np.random.Generator) -> None:
    channels = x.shape[-1]
    scale = 2.0 ** round(math.log2(x.std()))
    mean = (np.round(x.mean((0, 1, 2)) / scale * 8) + random.integers(-2, 3, channels)) * scale / 8
    variance = (scale * random.integers(1, 3, channels)) ** 2 - layer.epsilon
    gamma, beta = random.integers(3, 7, channels) / 4, random.uniform(-0.5, 0.5, channels)
    layer.set_weights([gamma, beta, mean, variance])
