/** What each field of the form does, in a sentence with its source, told under the fields while one of them is pointed at or used. */

const maco = 'Fel et al. 2023';
const lucid = 'Olah et al. 2017, Lucid';

/** By the field's name or id. */
const sentences: Readonly<Record<string, string>> = {
  preset: `Where every option that is not set here comes from: “default” is ours, “paper” what ${maco} describe, “xplique”, “horama” and “faccent” what those libraries do.`,
  size: 'Side of the picture. Larger ones have more waves, and take more time beside the network.',
  steps: 'How often the image is changed. The rate falls to zero by the last one, so that fewer are no cut-short run of more.',
  crops: `Random views that the network sees in each step (${maco}): more make each step surer and dearer.`,
  cropSize: 'Side of a view as the network sees it: small ones cost less, large ones show more detail.',
  finer: 'How often the finished picture is gone on with at 1.6 times the size: it stays what it is and gains detail.',
  objective: 'What is maximized, as JSON: sums and products over units of layers, directions and photos.',
  parametrization: `What is optimized: phases alone (${maco}), amplitudes and phases (${lucid}), or every pixel.`,
  transform: `What each view is: a random box of the image (${maco}), or the whole of it jittered, scaled and turned (${lucid}).`,
  penaltyVariation: 'Weight of the differences between neighbouring pixels: smoother images (Mahendran and Vedaldi 2015).',
  penaltyL2: 'Weight of the distance from grey (Simonyan et al. 2014).',
  penaltyFrequency: `Weight of the energy at high frequencies: what Fourier optimization needs where MaCo does not (${maco}).`,
  images: `Several images at once; with the diversity objective they show what else the unit responds to (${lucid}).`,
  seed: 'Which random numbers are used: the same seed gives the same picture, bit for bit.',
};

export class Explained {
  constructor(form: HTMLElement) {
    for (const line of form.querySelectorAll<HTMLElement>('[data-explains]')) {
      const box = document.getElementById(line.dataset.explains ?? '');
      for (const type of ['focusin', 'pointerover']) box?.addEventListener(type, ({ target }) => tell(line, target as Element));
    }
    for (const [name, sentence] of Object.entries(sentences))
      for (const field of form.querySelectorAll(`[name="${name}"], #${name}`)) field.setAttribute('aria-description', sentence);
  }
}

/** The field that was pointed at, or the one of the label. */
function tell(line: HTMLElement, at: Element): void {
  const field = at.closest('label')?.querySelector('[aria-description]') ?? at.closest('[aria-description]');
  const sentence = field?.getAttribute('aria-description');
  if (sentence) line.textContent = sentence;
}
