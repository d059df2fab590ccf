"""Writes generators/*: small generators as PyTorch exports them, and what PyTorch computes with them.

python3 -m venv venv && venv/bin/pip install numpy onnx onnxscript torch==2.13.0 && venv/bin/python tests/golden/make_generators.py

NAME.onnx    random weights
NAME.npy     one after the other: a latent, the boxes of ten steps, the image of the latent and d/d latent for a gradient that the test
             draws too; then of ten steps of Adam on presets/network.onnx's unit, with a penalty on the latent and given boxes, the image
             that an eleventh would see, the latent, and the scores. Of images every fifth value. In float64."""

from pathlib import Path

import numpy as np
import torch
from torch import nn

from families import exporters
from make_presets import CROPS, SIDE, STEPS, UNIT, Network, make_boxes, preprocess, values
from recipes import RECIPES, Random

OUT = Path(__file__).with_name("generators")
RATE, PENALTY = 0.05, 0.02


def transposed(inputs, outputs, stride, pad):
    return nn.ConvTranspose2d(inputs, outputs, 4, stride, pad, bias=False)


def dcgan():
    """Radford et al. 2016, 32 x 32."""
    layers = [transposed(6, 10, 1, 0), nn.BatchNorm2d(10), nn.ReLU()]
    for inputs, outputs in (10, 8), (8, 6):
        layers += [transposed(inputs, outputs, 2, 1), nn.BatchNorm2d(outputs), nn.ReLU()]
    return nn.Sequential(*layers, transposed(6, 3, 2, 1), nn.Tanh())


def decoder():
    """What a VAE's may be, 32 x 48."""
    layers = [nn.Linear(5, 144), nn.LeakyReLU(0.2), nn.Unflatten(1, (6, 4, 6))]
    for inputs, outputs, mode in (6, 6, "nearest"), (6, 5, "bilinear"):
        layers += [nn.Upsample(scale_factor=2, mode=mode), nn.Conv2d(inputs, outputs, 3, padding=1), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Upsample(scale_factor=2), nn.Conv2d(5, 3, 3, padding=1), nn.Sigmoid())


# build, latent's shape, exporter, opset, open batch, range of the output
GENERATORS = {
    "dcgan": (dcgan, (6, 1, 1), "torchscript", 13, False, (-1, 1)),
    "decoder": (decoder, (5,), "dynamo", 18, True, (0, 1)),
}


def settle(model, random, spread=3):
    """Weights that keep values near 1; matrices and windows lie around 0 (`spread` over the root of what they sum), scales of
    normalization around 1."""
    for part in model.modules():
        is_norm = isinstance(part, (nn.BatchNorm1d, nn.BatchNorm2d, nn.LayerNorm))
        if isinstance(part, (nn.BatchNorm1d, nn.BatchNorm2d)):
            part.running_mean.copy_(torch.tensor(random.uniform(-0.3, 0.3, part.num_features)))
            part.running_var.copy_(torch.tensor(random.uniform(0.5, 2, part.num_features)))
        for name, weight in part.named_parameters(recurse=False):
            centre = 1 if is_norm and name == "weight" else 0
            reach = spread / weight[0].numel() ** 0.5 if weight.dim() in (2, 4) else 0.5
            weight.copy_(torch.tensor(random.uniform(centre - reach, centre + reach, *weight.shape)))


def make(name, build, shape, exporter, opset, is_open, span, network):
    random = Random(sum(shape))
    model = build().eval()
    with torch.no_grad():
        settle(model, random)
    example = torch.zeros(2 if is_open else 1, *shape)
    exported = exporters.export_for(model, example, exporter, opset, is_open, ("latent", "image"))
    (OUT / f"{name}.onnx").write_bytes(exported.SerializeToString(deterministic=True))

    model = model.double()
    render = lambda latent: ((model(latent[None])[0] - span[0]) / (span[1] - span[0])).clamp(0, 1)
    start = torch.tensor(random.uniform(-1.5, 1.5, *shape), dtype=torch.float64)
    latent = start.clone().requires_grad_()
    image = render(latent)
    dimage = Random(9).uniform(-1, 1, *image.shape[1:], 3)
    (image * torch.tensor(dimage).permute(2, 0, 1)).sum().backward()

    boxes = make_boxes(random, "default", *image.shape[1:])
    moved, scores = start.clone().requires_grad_(), []
    optimizer = torch.optim.Adam([moved], lr=RATE, maximize=True)
    for step in range(STEPS):
        optimizer.zero_grad()
        seen = render(moved)
        crops = [RECIPES["default"].crop(seen, box, SIDE) for box in boxes[step * CROPS : (step + 1) * CROPS].astype(np.float64)]
        score = network(preprocess(RECIPES["default"], torch.stack(crops)))[:, UNIT].mean()
        (score - PENALTY * moved.square().mean()).backward()
        optimizer.step()
        scores.append(score.item())
    flat = lambda tensor: tensor.detach().reshape(-1).numpy()
    parts = [
        flat(start), boxes.reshape(-1), values(image)[::5], flat(latent.grad), values(render(moved))[::5], flat(moved), scores,
    ]  # fmt: skip
    np.save(OUT / f"{name}.npy", np.concatenate(parts).astype(np.float32))
    print(f"{name}: deviation of the image {image.std():.2f}, scores {scores[0]:.4f} to {scores[-1]:.4f}")


def main():
    OUT.mkdir(exist_ok=True)
    network = Network(Random(1))  # that of make_presets.py
    for name, generator in GENERATORS.items():
        make(name, *generator, network)


if __name__ == "__main__":
    main()
