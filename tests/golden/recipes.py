"""What the presets' sources do, written anew in PyTorch and double precision: xplique 2.0.2, horama 0.3.0, faccent 1.0.3, and our
default. check_presets.py compares it with the packages themselves."""

import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

RECORRELATE = torch.tensor(
    [[0.56282854, 0.58447580, 0.58447580], [0.19482528, 0, -0.19482528], [0.04329450, -0.10823626, 0.06494176]],
    dtype=torch.float64,
)


class Random:
    """The random numbers of tests/c/support.c."""

    def __init__(self, seed):
        self.state = (seed * 0x9E3779B97F4A7C15 + 0x1234567) % 2**64

    def bits(self):
        self.state ^= self.state >> 12
        self.state = (self.state ^ self.state << 25) % 2**64
        self.state ^= self.state >> 27
        return (self.state * 0x2545F4914F6CDD1D % 2**64) >> 32

    def uniform(self, low, high, *shape):
        parts = np.array([self.bits() >> 8 for _ in range(math.prod(shape))], np.float32) / np.float32(2**24)
        return (np.float32(low) + (np.float32(high) - np.float32(low)) * parts).reshape(shape)


def standardize(x, epsilon, unbiased):
    return (x - x.mean()) / (x.std(correction=int(unbiased)) + epsilon)


# ---- magnitudes: 3 x H x (W/2 + 1)


def picture(magnitude, height, width, **options):
    return F.interpolate(torch.tensor(magnitude, dtype=torch.float64)[None], (height, width // 2 + 1), mode="bilinear", **options)[0]


def xplique_magnitude(magnitude, height, width):
    return picture(magnitude, height, width, align_corners=False)


def horama_magnitude(magnitude, height, width):
    return picture(magnitude, height, width, align_corners=False, antialias=True)


def faccent_magnitude(magnitude, height, width):
    ratio = magnitude[0].size / (height * (width // 2 + 1))
    return picture(magnitude, height, width, align_corners=True, antialias=True) * ratio


def frequencies(height, width):
    return np.fft.fftfreq(height)[:, None], np.arange(width // 2 + 1)[None] / width


def continued(magnitude):
    """A line through log magnitude over log radius, fitted on radii 4 to 48 of 512, used above 48 where it is larger."""
    height, width = magnitude.shape[1], 2 * (magnitude.shape[2] - 1)
    radius = 512 * np.hypot(*frequencies(height, width))
    radius[0, 0] = 1e-9
    result = magnitude.astype(np.float64)
    for plane in result:
        fit = (radius >= 4) & (radius <= 48)
        slope, offset = np.polyfit(np.log(radius[fit]), np.log(plane[fit]), 1)
        law = np.exp(offset + slope * np.log(radius))
        plane[radius > 48] = np.maximum(plane, law)[radius > 48]
    return result


def default_magnitude(magnitude, height, width):
    """By cycles per pixel, bilinear, rows wrapping around, without the constant term."""
    file_height, file_width = magnitude.shape[1], 2 * (magnitude.shape[2] - 1)
    values = continued(magnitude)
    known = np.ones(values.shape[1:])
    known[0, 0] = 0
    fy, fx = frequencies(height, width)
    sign = np.where(np.fft.fftfreq(height) < 0, -1, 1)[:, None]
    y, x = np.abs(fy) * file_height + 0 * fx, fx * file_width + 0 * fy
    y0, x0 = np.floor(y + 1e-9).astype(int), np.floor(x + 1e-9).astype(int)
    total, weights = 0, 0
    for j in 0, 1:
        for i in 0, 1:
            weight = np.abs(1 - j - (y - y0)) * np.abs(1 - i - (x - x0))
            rows, columns = sign * (y0 + j) % file_height, np.minimum(x0 + i, file_width // 2)
            weight = weight * known[rows, columns]
            total, weights = total + weight * values[:, rows, columns], weights + weight
    result = np.where(weights > 0, total / np.maximum(weights, 1e-30), 0)
    result[:, 0, 0] = 0
    return torch.tensor(result)


# ---- crops: boxes are y, x, height, width in fractions of the image, which is 3 x H x W


def bilinear(image, y, x, reach):
    """At all y and x, between the four nearest pixels; 0 where further outside than `reach` pixels, in between the edge's value."""
    height, width = image.shape[1:]

    def axis(position, size):
        inside = ((position >= -reach) & (position <= size - 1 + reach)).to(image)
        position = position.clamp(0, size - 1)
        low = position.floor().long()
        return low, (low + 1).clamp(max=size - 1), position - low, inside

    y0, y1, ty, my = axis(y, height)
    x0, x1, tx, mx = axis(x, width)
    rows = image[:, y0] * (1 - ty)[:, None] + image[:, y1] * ty[:, None]
    return (rows[:, :, x0] * (1 - tx) + rows[:, :, x1] * tx) * my[:, None] * mx


def xplique_crop(image, box, size):
    """tf.image.crop_and_resize: the box's corners are the corner samples."""
    y, x = (
        box[k] * (n - 1) + torch.arange(size, dtype=torch.float64) * (box[k + 2] * (n - 1) / (size - 1))
        for k, n in enumerate(image.shape[1:])
    )
    return bilinear(image, y, x, 0)


def roi_align(image, box, size):
    """torchvision.ops.roi_align with its defaults. A position of up to a pixel outside has the edge's value, and the far edge is at
    H, not H - 1."""
    positions, grids = [], []
    for k, n in enumerate(image.shape[1:]):
        start, side = box[k] * n, max(box[k + 2] * n, 1.0)
        grid = math.ceil(side / size - 1e-6)
        bins = torch.arange(size * grid, dtype=torch.float64)
        positions.append(start + (bins + 0.5) * (side / size / grid))
        grids.append(grid)
    samples = bilinear(image, *positions, 1)
    return samples.reshape(3, size, grids[0], size, grids[1]).mean((2, 4))


def horama_crop(image, box, size):
    samples = roi_align(image, box, 2 * size)
    return F.interpolate(samples[None], (size, size), mode="bicubic", align_corners=True, antialias=True)[0]


def faccent_crop(image, box, size):
    (y, x, h, w) = (round(float(box[k]) * image.shape[1 + k % 2]) for k in range(4))
    return F.interpolate(image[None, :, y : y + h, x : x + w], (size, size), mode="bilinear", align_corners=True, antialias=True)[0]


def default_crop(image, box, size):
    """A triangle as wide as a pixel of the crop or of the image, over the box's part of each pixel."""

    def axis(k, n):
        low, side = box[k] * n, box[k + 2] * n
        scale = side / size
        j, i = np.arange(math.floor(low) - 1, math.ceil(low + side) + 1)[None], np.arange(size)[:, None]
        weight = np.maximum(1 - np.abs(j + 0.5 - (low + (i + 0.5) * scale)) / max(scale, 1), 0)
        weight = weight * np.maximum(np.minimum(j + 1, low + side) - np.maximum(j, low), 0)
        weight /= weight.sum(1, keepdims=True)
        inside = (j[0] >= 0) & (j[0] < n)
        matrix = np.zeros((size, n))
        matrix[:, j[0][inside]] = weight[:, inside]
        return torch.tensor(matrix)

    return axis(0, image.shape[1]) @ image @ axis(1, image.shape[2]).T


# ---- recipes


@dataclass
class Recipe:
    magnitude: callable
    crop: callable
    optimizer: callable
    phase: tuple | None  # epsilon, unbiased
    image: tuple
    rgb: bool  # standardized after recorrelation
    range: tuple
    own_units: bool  # the network sees the image as it is
    falling: bool = False  # the learning rate, by a straight line to 0

    def render(self, magnitude, phase):
        """3 x H x W from what self.magnitude made; even widths."""
        p = standardize(phase, *self.phase) if self.phase else phase
        x = torch.fft.irfft2(torch.polar(magnitude, p)).permute(1, 2, 0)
        x = standardize(x @ RECORRELATE, *self.image) if self.rgb else standardize(x, *self.image) @ RECORRELATE
        low, high = self.range
        return (torch.sigmoid(x) * (high - low) + low).permute(2, 0, 1)


def nadam(**options):
    return lambda values: torch.optim.NAdam(values, lr=1.0, maximize=True, **options)


RECIPES = {
    "default": Recipe(
        default_magnitude, default_crop, lambda values: torch.optim.NAdam(values, lr=0.4, maximize=True),
        None, (1e-5, False), False, (0, 1), False, falling=True,
    ),
    # Keras's Nadam is PyTorch's with another epsilon, and momenta that grow faster.
    "xplique": Recipe(
        xplique_magnitude, xplique_crop, nadam(eps=1e-7, momentum_decay=1.0), (1e-5, False), (1e-5, False), False, (-1, 1), True
    ),
    "horama": Recipe(horama_magnitude, horama_crop, nadam(), (1e-4, True), (1e-4, True), False, (-2.5, 2.5), True),
    "faccent": Recipe(
        faccent_magnitude, faccent_crop, lambda values: torch.optim.Adam(values, lr=0.05, maximize=True),
        None, (1e-4, True), True, (0, 1), False,
    ),
}


# ---- other parametrizations


def to_image(x, low, high):
    return (torch.sigmoid(x.permute(1, 2, 0) @ RECORRELATE) * (high - low) + low).permute(2, 0, 1)


def fourier_image(values, height, width, decay, standardized, low, high):
    """values: 2 x 3 x H x (W/2 + 1), real and imaginary parts. Standardized as horama's fourier, else as Lucid's but for its factor."""
    fy, fx = frequencies(height, width)
    scale = math.sqrt(height * width) / np.maximum(np.hypot(fy, fx), 1 / max(height, width)) ** decay
    spectrum = torch.complex(*values)
    if standardized:
        spectrum = standardize(spectrum, 1e-4, True)
    x = torch.fft.irfft2(spectrum * torch.tensor(scale), (height, width))
    return to_image(standardize(x, 1e-4, True) if standardized else x, low, high)


def pixel_image(values, low, high):
    return to_image(values, low, high)
