// The report as one HTML page that needs nothing else.
import fs from 'node:fs';
import path from 'node:path';
import { mean, named } from './pictures.mjs';
import { meanPower } from './power.mjs';

const RADII = [8, 16, 32, 64, 100];

const STYLE = `
:root { color-scheme: light dark; --text: #1c1c1e; --soft: #62626a; --line: #d9d9de; --maco: #0b6bcb; --fourier: #c2410c; --nature: #4d7c0f; --ground: #fff }
@media (prefers-color-scheme: dark) { :root { --text: #ececf0; --soft: #a0a0aa; --line: #3a3a42; --maco: #64adf5; --fourier: #fb923c; --nature: #a3d65c; --ground: #17171a } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--ground); max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.7rem; margin-bottom: .2rem } h2 { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: 1rem }
p { max-width: 46rem } .soft { color: var(--soft); font-size: .9rem }
.wide { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums } th, td { padding: .25rem .9rem .25rem 0; text-align: right } th:first-child, td:first-child { text-align: left }
th { font-weight: 600; border-bottom: 1px solid var(--line) }
.row { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: .6rem; margin: .5rem 0 1.5rem } figure { margin: 0 } img { width: 100%; display: block; border-radius: 4px }
figcaption { font-size: .8rem; line-height: 1.3; margin-top: .2rem } svg { max-width: 100%; height: auto } svg text { font: 12px system-ui, sans-serif; fill: var(--soft) }`;

const escaped = (text) => String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
const short = (text) => text.split(',')[0];

function table(head, rows) {
  const cells = (row, tag) => row.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('');
  return `<div class="wide"><table><tr>${cells(head, 'th')}</tr>${rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('')}</table></div>`;
}

function picture({ folder, labels }, judges, { file, unit, guesses }) {
  const said = judges.map(({ id, title }) => (guesses[id] === 1 ? `${title} names it` : `${title}: guess ${guesses[id]}`));
  const data = fs.readFileSync(path.join(folder, file)).toString('base64');
  return (
    `<figure><img src="data:image/png;base64,${data}" alt="${escaped(labels[unit])}" title="${escaped(said.join('; '))}">` +
    `<figcaption>${escaped(short(labels[unit]))} <span class="soft">${judges.map(({ id }) => guesses[id]).join(' / ')}</span></figcaption></figure>`
  );
}

function transferTable({ judges, methods }) {
  return table(
    [
      '',
      ...judges.flatMap(({ title }) => [`${title}, first guess`, 'within five']),
      'own logit',
      'multiply-adds',
      'optimized values',
      's',
    ],
    methods.map(({ title, made }) => {
      const counts = named(made);
      return [
        title,
        ...judges.flatMap(({ id }) => [`${counts[id].first} of ${counts[id].of}`, `${counts[id].five} of ${counts[id].of}`]),
        mean(made.map(({ score }) => score)).toFixed(1),
        `${made[0].gmacs.toFixed(0)} billion`,
        made[0].values.toLocaleString('en'),
        mean(made.map(({ seconds }) => seconds)).toFixed(1),
      ];
    }),
  );
}

/** Power relative to photos' (or, without these, to ImageNet's magnitude), 1 at radius 4, over radius; both logarithmic. */
function spectrumTable(lines) {
  return table(
    ['power at radius', ...RADII],
    lines.map(({ title, power }) => [title, ...RADII.map((radius) => power[radius].toPrecision(2))]),
  );
}

function chart(lines) {
  const width = 720,
    height = 320,
    left = 50,
    right = 130,
    top = 14,
    bottom = 44,
    least = 0.01,
    most = 20;
  const x = (radius) => left + ((width - left - right) * Math.log(radius / 4)) / Math.log(128 / 4);
  const y = (power) =>
    top + ((height - top - bottom) * Math.log(most / Math.min(Math.max(power, least), most))) / Math.log(most / least);
  const grid = [0.01, 0.1, 1, 10].map(
    (power) =>
      `<line x1="${left}" x2="${width - right}" y1="${y(power)}" y2="${y(power)}" stroke="var(--line)"/><text x="${left - 8}" y="${y(power) + 4}" text-anchor="end">${power}</text>`,
  );
  const ticks = [4, 8, 16, 32, 64, 128].map(
    (radius) => `<text x="${x(radius)}" y="${height - 26}" text-anchor="middle">${radius}</text>`,
  );
  const drawn = lines.map(({ title, power, colour, dash }) => {
    const points = power
      .map((value, radius) => [radius, value])
      .filter(([radius]) => radius >= 4)
      .map(([radius, value]) => `${x(radius).toFixed(1)},${y(value).toFixed(1)}`);
    return (
      `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2" ${dash ? 'stroke-dasharray="5 4"' : ''}/>` +
      `<text x="${width - right + 8}" y="${y(power.at(-1)) + 4}" style="fill:${colour}">${escaped(title)}</text>`
    );
  });
  return (
    `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Power over radius">${grid.join('')}${ticks.join('')}${drawn.join('')}` +
    `<text x="${(left + width - right) / 2}" y="${height - 8}" text-anchor="middle">radius, cycles per 256 pixels</text></svg>`
  );
}

function section(report, { network, judges, methods }) {
  const { photos, magnitude } = report;
  const nature = photos ?? magnitude;
  const relative = (power) => power.map((value, radius) => (nature[radius] ? value / nature[radius] : 1));
  const lines = methods.map(({ id, title, made }) => ({
    title,
    power: relative(meanPower(made.map(({ power }) => power))),
    colour: `var(--${id})`,
  }));
  if (photos) lines.push({ title: 'ImageNet file', power: relative(magnitude), colour: 'var(--nature)', dash: true });
  return (
    `<h2>${escaped(network.title)}</h2>${transferTable({ judges, methods })}` +
    methods
      .map(
        ({ title, made }) =>
          `<h3>${title}</h3><div class="row">${made.map((one) => picture(report, judges, one)).join('')}</div>`,
      )
      .join('') +
    `<h3>Power spectrum, relative to ${photos ? 'photos' : "ImageNet's mean magnitude"}</h3>${chart(lines)}${spectrumTable(lines)}`
  );
}

/** report: {sections, labels, folder, photos, magnitude}; powers as meanPower gives them. */
export function page(report) {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Phaselens: MaCo and Fourier</title><style>${STYLE}</style>
<h1>MaCo and Fourier, side by side</h1>
<p>Each picture maximizes one class's logit, with the size, steps and crops of the default recipe for its network. MaCo holds the Fourier magnitude at that of natural images and
optimizes the phase alone; Fourier optimizes the whole spectrum, scaled by 1/f. Both see the same number of crops.</p>
<p class="soft">Numbers under a picture: at which guess the other networks name the class, the best of three centre crops (1.0, 0.6 and 0.4 of the picture).
The own logit is for the whole picture. Power: of the brightness, windowed, mean over the pictures, each taken to 1 at radius 4. Multiply-adds: forward, and backward counted as much again.</p>
${report.sections.map((one) => section(report, one)).join('\n')}</html>`;
}
