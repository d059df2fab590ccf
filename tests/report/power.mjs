// The radial power spectrum of images.

export const BINS = 129; // radii 0 to 128, in cycles per 256 pixels

/** The discrete Fourier transform of `rows` rows, from [re, im] pairs: direct, for sizes of a few hundred. */
function transformRows(re, im, rows, size) {
  const cosine = Float64Array.from({ length: size }, (_, k) => Math.cos((2 * Math.PI * k) / size));
  const sine = Float64Array.from({ length: size }, (_, k) => Math.sin((2 * Math.PI * k) / size));
  const outRe = new Float64Array(rows * size),
    outIm = new Float64Array(rows * size);
  for (let r = 0; r < rows; r++)
    for (let f = 0; f < size; f++) {
      let a = 0,
        b = 0;
      for (let i = 0, k = 0; i < size; i++, k = (k + f) % size) {
        const x = re[r * size + i],
          y = im[r * size + i];
        a += x * cosine[k] + y * sine[k];
        b += y * cosine[k] - x * sine[k];
      }
      outRe[r * size + f] = a;
      outIm[r * size + f] = b;
    }
  return [outRe, outIm];
}

function transpose(values, rows, columns) {
  const out = new Float64Array(values.length);
  for (let y = 0; y < rows; y++) for (let x = 0; x < columns; x++) out[x * rows + y] = values[y * columns + x];
  return out;
}

/** Mean power at each radius of a spectrum's power: a function of (row, column), rows and columns in fftfreq order. */
export function radialMean(power, height, columns, width) {
  const sums = new Float64Array(BINS),
    counts = new Float64Array(BINS);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < columns; x++) {
      const fy = (y <= height / 2 ? y : y - height) / height,
        fx = (x <= width / 2 ? x : x - width) / width;
      const bin = Math.round(256 * Math.hypot(fy, fx));
      if (bin >= BINS) continue;
      sums[bin] += power(y, x);
      counts[bin]++;
    }
  return Array.from(sums, (sum, bin) => (counts[bin] ? sum / counts[bin] : 0));
}

/** Of an image's luminance (height x width x 3, any range). A window tapers its borders, which photos do not continue over. */
export function radialPower({ data, height, width }) {
  const re = new Float64Array(height * width);
  const window = (i, size) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / size);
  let mean = 0,
    weights = 0;
  for (let i = 0; i < height * width; i++) {
    re[i] = 0.299 * data[3 * i] + 0.587 * data[3 * i + 1] + 0.114 * data[3 * i + 2];
    const weight = window(Math.floor(i / width), height) * window(i % width, width);
    mean += weight * re[i];
    weights += weight;
  }
  for (let i = 0; i < height * width; i++)
    re[i] = (re[i] - mean / weights) * window(Math.floor(i / width), height) * window(i % width, width);
  const [a, b] = transformRows(re, new Float64Array(height * width), height, width);
  const [c, d] = transformRows(transpose(a, height, width), transpose(b, height, width), width, height);
  return radialMean((y, x) => (c[x * height + y] ** 2 + d[x * height + y] ** 2) / (height * width), height, width, width);
}

/** The mean of several, each taken to 1 at radius 4 first. */
export function meanPower(powers) {
  return Array.from({ length: BINS }, (_, bin) => powers.reduce((sum, power) => sum + power[bin] / power[4], 0) / powers.length);
}
