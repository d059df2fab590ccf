// What networks that never saw a picture say of it.

/** The middle of a frame as an image: RGB in [0, 1]. */
function centreCrop(frame, fraction) {
  const side = Math.round(Math.min(frame.height, frame.width) * fraction);
  const top = (frame.height - side) >> 1,
    left = (frame.width - side) >> 1;
  const data = new Float32Array(3 * side * side);
  for (let y = 0, o = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      for (let c = 0; c < 3; c++) data[o++] = frame.data[4 * ((top + y) * frame.width + left + x) + c] / 255;
  return { data, height: side, width: side };
}

/** At which guess a network names the class, 1 the first: the best of three centre crops (1.0, 0.6 and 0.4 of the picture). */
async function guess({ model }, frame, unit) {
  let best = Infinity;
  for (const fraction of [1, 0.6, 0.4]) {
    const { data } = await model.activations(centreCrop(frame, fraction), model.logits);
    best = Math.min(best, 1 + data.reduce((above, value) => above + (value > data[unit]), 0));
  }
  return best;
}

/** {id: guess} of every network but the one that the picture was made of. */
export async function judge(networks, own, frame, unit) {
  const guesses = {};
  for (const network of networks) if (network !== own) guesses[network.id] = await guess(network, frame, unit);
  return guesses;
}
