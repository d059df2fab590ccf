"""What checkpoints of version 1 said before their numbers: build/python/bin/python tests/golden/make_checkpoints.py

Writes version_1.bin and version_1_generator.bin into tests/golden/checkpoints, each as long as its step, note and numbers want, the
numbers all 0. The order of the fields is that version's and will not change any more; test_checkpoint.c reads them.
"""
import pathlib
import struct

FOLDER = pathlib.Path(__file__).parent / "checkpoints"
NOTE = b"kept"
HEIGHT, WIDTH, LATENT = 32, 40, 5


class Writer:
    def __init__(self):
        self.bytes = b""

    def ints(self, *numbers):
        self.bytes += struct.pack(f"<{len(numbers)}i", *numbers)

    def floats(self, *numbers):
        self.bytes += struct.pack(f"<{len(numbers)}f", *numbers)

    def flags(self, *flags):
        self.bytes += struct.pack(f"<{len(flags)}?", *flags)

    def long(self, number):
        self.bytes += struct.pack("<Q", number)

    def distribution(self, kind, a, b):
        self.ints(kind)
        self.floats(a, b)

    def standardize(self, on, epsilon, unbiased):
        self.flags(on)
        self.floats(epsilon)
        self.flags(unbiased)


def write_view(w):
    w.ints(1)  # transform: warps
    w.floats(11, 7, 3)  # warp pad, jitter, jitter after
    w.distribution(0, 0.8, 1.2)  # warp scale
    w.distribution(1, 2, 9)  # warp rotation
    w.distribution(1, 0.4, 0.14)  # box side
    w.floats(-0.25)  # box side change
    w.distribution(0, 0.1, 0.7)  # box centre
    w.flags(True, False, True)  # box inside, square, whole pixels
    w.ints(3)  # resample: roi-bicubic
    w.floats(0.05, 0.03)  # noise, normal and uniform
    w.flags(True)  # noise before resize
    w.floats(-2, 3)  # range
    w.flags(True)  # network units


def write_parametrization(w, kind):
    w.ints(kind)
    w.distribution(0, -3, 3)  # phase
    w.floats(0.02, 1.5)  # start deviation, decay
    w.standardize(True, 1e-4, True)  # of the phase
    w.standardize(False, 1e-5, True)  # of the image
    w.flags(True)  # standardize RGB
    w.ints(2)  # magnitude resize: antialiased
    w.flags(False, True, False)  # continue magnitude, keep constant, opposite phases
    if kind == 3:  # a generator's alone had these
        w.floats(0.125, -1, 2)  # penalty on the latent, the generator's range


def write_optimizer(w):
    w.floats(0.1, 0.2, 0.3)  # penalties: variation, l2, frequency
    w.ints(1)  # optimizer: Adam
    w.floats(0.5)  # learning rate
    w.ints(1)  # schedule: cosine
    w.floats(0.85, 0.995, 1e-7, 0.01)  # beta1, beta2, epsilon, momentum decay


def checkpoint(kind, values):
    w = Writer()
    w.bytes += b"phaserun"
    w.ints(1)  # version
    w.ints(HEIGHT, WIDTH, 90, 2, 1, 64)  # height, width, steps, crops, images, crop size
    w.long(2**53 - 1)  # seed
    write_view(w)
    write_parametrization(w, kind)
    write_optimizer(w)
    w.long(3 << 30)  # memory budget
    w.ints(17)  # steps done
    w.floats(1.25)  # score
    w.long(len(NOTE))
    if kind == 3:
        w.long(0x0123456789ABCDEF)  # the generator's id
        w.long(LATENT)
    w.bytes += NOTE
    w.floats(*[0] * (3 * values + HEIGHT * WIDTH))
    return w.bytes


FOLDER.mkdir(exist_ok=True)
(FOLDER / "version_1.bin").write_bytes(checkpoint(2, 3 * HEIGHT * WIDTH))
(FOLDER / "version_1_generator.bin").write_bytes(checkpoint(3, LATENT))
