"""Compares recipes.py with the packages themselves, as far as they can be imported: horama 0.3.0 and faccent 1.0.3 (PyTorch, with
torchvision, einops and kornia), xplique 2.0.2 (TensorFlow). Their folders are named by PYTHONPATH:

PYTHONPATH=... python tests/golden/check_presets.py horama faccent xplique

Where torchvision lacks its compiled operators, roi_align's second version in Python takes its place, which is the same for boxes inside the
image (outside, it repeats the edge where the compiled one has 0)."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import numpy as np
import torch

import torchvision_operators
from make_presets import SIDE, make_boxes, make_magnitude
from recipes import RECIPES, Random, fourier_image

HEIGHT, WIDTH = 96, 96  # horama knows square images only
random = Random(3)
file = make_magnitude(random)
start = random.uniform(-2.5, 2.5, 3, HEIGHT, WIDTH // 2 + 1)
spectrum = random.uniform(-1, 1, 2, 3, HEIGHT, WIDTH // 2 + 1)


def compare(what, found, expected):
    found, expected = (np.asarray(x, np.float64) for x in (found, expected))
    error = np.linalg.norm(found - expected) / np.linalg.norm(expected)
    print(f"{what}: off by {error:.1e}")
    assert error < 2e-5, what


def ours(name):
    recipe = RECIPES[name]
    magnitude = recipe.magnitude(file, HEIGHT, WIDTH)
    image = recipe.render(magnitude, torch.tensor(start, dtype=torch.float64))
    boxes = make_boxes(Random(5), "default" if name == "horama" else name, HEIGHT, WIDTH)[:4].astype(np.float64)
    crops = torch.stack([recipe.crop(image, box, SIDE) for box in boxes])
    return magnitude, image, boxes, crops


def check_horama():
    from horama import common, fourier_fv, maco_fv

    magnitude, image, boxes, crops = ours("horama")
    with TemporaryDirectory() as folder:
        path = Path(folder, "magnitude.npy")
        np.save(path, file)
        with mock.patch.object(maco_fv, "MACO_SPECTRUM_FILENAME", str(path)):
            theirs, _ = maco_fv.init_maco_buffer((HEIGHT, WIDTH))
    compare("horama: magnitude", theirs, magnitude)
    picture = maco_fv.maco_preconditioner(theirs, torch.tensor(start), (-2.5, 2.5), "cpu")
    compare("horama: image", picture, image)
    # Its random numbers are centres x, centres y and sides, then noise; here they are made to be ours.
    sides = torch.tensor(boxes[:, 2], dtype=torch.float32)
    numbers = iter([(boxes[:, k] + boxes[:, 2] / 2 - 0.5) / 0.15 for k in (1, 0)])
    seen = []
    with (
        mock.patch.object(torch, "randn", lambda *_, **__: torch.tensor(next(numbers), dtype=torch.float32)),
        mock.patch.object(torch, "rand", lambda *_, **__: (sides - 0.25) / 0.05),
    ):
        picture.requires_grad_()
        common.optimization_step(lambda x: seen.append(x) or x.mean(), picture, (0.20, 0.25), 0, 4, SIDE)
    compare("horama: crops", seen[0].detach(), crops)


    scale = fourier_fv.get_fft_scale(HEIGHT, WIDTH, 1.5)
    theirs = fourier_fv.fourier_preconditionner(torch.complex(*torch.tensor(spectrum)), scale, (-2.5, 2.5), "cpu")
    values = torch.tensor(spectrum, dtype=torch.float64)
    compare("horama: Fourier image", theirs, fourier_image(values, HEIGHT, WIDTH, 1.5, True, -2.5, 2.5))


def check_faccent():
    from faccent import param, transform

    magnitude, image, boxes, crops = ours("faccent")
    with TemporaryDirectory() as folder:
        path = Path(folder, "magnitude.npy")
        np.save(path, file)
        theirs = param.fourier_phase(img_size=(HEIGHT, WIDTH), device="cpu", corr_file_path=str(path))
    compare("faccent: magnitude", theirs.magnitude[0], magnitude)
    theirs.params = [torch.tensor(start)[None]]
    picture = theirs.params_to_img()
    compare("faccent: image", picture[0], image)
    for box, crop in zip(boxes, crops):
        y, x, h, w = (round(float(b) * HEIGHT) for b in box)
        part = picture[:, :, y : y + h, x : x + w]
        compare("faccent: crop", transform.resize((SIDE, SIDE))(part)[0], crop)


def import_preconditioning():
    """xplique's module alone: the package imports all the rest, and needs much for that."""
    import importlib
    import types

    folder = Path(next(path for path in sys.path if Path(path, "xplique").is_dir()), "xplique")
    for name in "xplique", "xplique.features_visualizations":
        package = sys.modules[name] = types.ModuleType(name)
        package.__path__ = [str(folder / Path(*name.split(".")[1:]))]
    return importlib.import_module("xplique.features_visualizations.preconditioning")


def check_xplique():
    import keras
    import tensorflow as tf

    preconditioning = import_preconditioning()

    magnitude, image, boxes, crops = ours("xplique")
    with TemporaryDirectory() as folder:
        path = Path(folder, "magnitude.npy")
        np.save(path, file)
        with mock.patch.object(preconditioning, "IMAGENET_SPECTRUM_PATH", path):
            theirs, _ = preconditioning.init_maco_buffer((HEIGHT, WIDTH))
    compare("xplique: magnitude", theirs, magnitude)
    picture = preconditioning.maco_image_parametrization(theirs, tf.constant(start), (-1, 1))
    compare("xplique: image", tf.transpose(picture, (2, 0, 1)), image)
    corners = np.stack([boxes[:, 0], boxes[:, 1], boxes[:, 0] + boxes[:, 2], boxes[:, 1] + boxes[:, 3]], 1)
    found = tf.image.crop_and_resize(picture[None], corners.astype(np.float32), np.zeros(len(boxes), np.int32), (SIDE, SIDE))
    compare("xplique: crops", tf.transpose(found, (0, 3, 1, 2)), crops)

    values, gradients = random.uniform(-1, 1, 6), random.uniform(-1, 1, 10, 6)
    mine = torch.tensor(values, requires_grad=True)
    optimizer, nadam = RECIPES["xplique"].optimizer([mine]), keras.optimizers.Nadam(1.0)
    theirs = tf.Variable(values)
    for gradient in gradients:
        mine.grad = torch.tensor(gradient)
        optimizer.step()
        nadam.apply_gradients([(tf.constant(-gradient), theirs)])
    compare("xplique: ten steps of Nadam", theirs, mine.detach())


CHECKS = {"horama": check_horama, "faccent": check_faccent, "xplique": check_xplique}

if __name__ == "__main__":
    kept = torchvision_operators.declare()
    for package in sys.argv[1:] or CHECKS:
        CHECKS[package]()
