/** How the element looks: everything follows the page's font and colour, in light and in dark. */

const css = `
:host {
  display: block;
  position: relative;
  --ink: var(--phase-lens-color, currentColor);
  --accent: var(--phase-lens-accent, #c6361a);
  --muted: var(--phase-lens-muted, color-mix(in srgb, currentColor 68%, transparent));
}
:host([hidden]), [hidden] {
  display: none !important;
}
* {
  box-sizing: border-box;
  margin: 0;
}
.stage {
  position: relative;
}
.stage, .posters {
  display: grid;
  grid-auto-flow: column;
  grid-auto-columns: minmax(0, 1fr);
  gap: var(--phase-lens-gap, 0.75rem);
}
.posters {
  grid-auto-rows: minmax(0, 1fr);
}
.picture {
  position: relative;
  overflow: hidden;
  aspect-ratio: var(--aspect, 1);
  border-radius: var(--phase-lens-radius, 3px);
  background: var(--phase-lens-background, color-mix(in srgb, currentColor 6%, transparent));
}
.picture.drawn {
  background: var(--phase-lens-background, none);
}
canvas, .posters, ::slotted([slot='poster']) {
  position: absolute;
  inset: 0;
}
canvas, .poster, ::slotted([slot='poster']) {
  display: block;
  width: 100%;
  height: 100%;
  object-fit: cover;
}
.poster, ::slotted([slot='poster']) {
  border-radius: var(--phase-lens-radius, 3px);
}
.poster:first-child:not(:only-child) {
  object-position: left;
}
.poster:last-child:not(:only-child) {
  object-position: right;
}
.drawn > .posters, :not(.drawn) > canvas {
  visibility: hidden;
}
.name {
  position: absolute;
  z-index: 1;
  inset: auto auto 0.4rem 0.4rem;
  padding: 0.1em 0.5em;
  border-radius: 2px;
  background: rgb(0 0 0 / 55%);
  color: #fff;
  font-size: 0.75rem;
  line-height: 1.4;
}
button {
  display: inline-grid;
  place-items: center;
  padding: 0;
  border: 0;
  border-radius: 3px;
  background: none;
  color: inherit;
  font: inherit;
  cursor: pointer;
}
button:focus-visible {
  outline: 2px solid var(--accent);
  outline-offset: 2px;
}
svg {
  display: block;
  width: 1em;
  height: 1em;
  fill: currentColor;
}
.play {
  position: absolute;
  inset: 50% auto auto 50%;
  width: 3.25rem;
  height: 3.25rem;
  translate: -50% -50%;
  border-radius: 50%;
  background: rgb(0 0 0 / 58%);
  color: #fff;
  font-size: 1.35rem;
  transition: opacity 0.15s, background 0.15s;
}
.play:hover {
  background: rgb(0 0 0 / 78%);
}
.play.busy {
  opacity: 0;
}
.stage:hover .play.busy, .play.busy:focus-visible {
  opacity: 1;
}
.progress {
  position: absolute;
  inset: auto 0 0;
  height: 3px;
  overflow: hidden;
}
.progress i {
  display: block;
  height: 100%;
  background: var(--accent);
  transform: scaleX(var(--done, 0));
  transform-origin: left;
}
.message {
  position: absolute;
  inset: auto 0 0;
  display: grid;
  gap: 0.4em;
  max-height: 100%;
  padding: 0.7em 0.85em;
  overflow: auto;
  background: rgb(20 20 20 / 88%);
  color: #fff;
  font-size: 0.8125rem;
  line-height: 1.4;
  overflow-wrap: anywhere;
}
.retry {
  justify-self: start;
  text-decoration: underline;
  text-underline-offset: 0.2em;
}
.controls {
  display: flex;
  align-items: center;
  gap: 0.15rem;
  height: 2.25rem;
  color: var(--muted);
  font-size: 0.8125rem;
  font-variant-numeric: tabular-nums;
}
.controls button {
  width: 1.9rem;
  height: 1.9rem;
  font-size: 0.95rem;
}
.controls button:first-child {
  margin-left: -0.45rem;
}
.controls button:hover {
  color: var(--ink);
}
.controls button[aria-pressed='true'] {
  color: var(--accent);
}
.controls span {
  margin-left: auto;
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
}
.caption {
  color: var(--muted);
  font-size: 0.8125rem;
  line-height: 1.5;
}
::slotted([slot='caption']) {
  margin: 0.5rem 0 0 !important;
}
.live {
  position: absolute;
  width: 1px;
  height: 1px;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}
@media (pointer: coarse) {
  .controls {
    height: 2.75rem;
  }
  .controls button {
    flex: none;
    width: 2.75rem;
    height: 2.75rem;
  }
  .retry {
    min-height: 2.75rem;
  }
}
@media (prefers-reduced-motion: reduce) {
  * {
    transition: none !important;
  }
}
@media print {
  .play, .progress, .controls {
    display: none;
  }
}
@media (forced-colors: active) {
  .play, .message, .controls button {
    border: 1px solid;
  }
}
`;

/** One for all elements of a document; constructed, so that a policy without inline styles has nothing against it. */
const sheets = new WeakMap<Document, CSSStyleSheet>();

export function dress(root: ShadowRoot): void {
  const { ownerDocument: document } = root;
  if (!('adoptedStyleSheets' in root)) return dressByElement(root as ShadowRoot);
  const Sheet = (document.defaultView ?? globalThis).CSSStyleSheet;
  let sheet = sheets.get(document);
  if (!sheet) {
    sheet = new Sheet();
    sheet.replaceSync(css);
    sheets.set(document, sheet);
  }
  root.adoptedStyleSheets = [sheet];
}

/** Browsers without constructed sheets have no WebAssembly SIMD either: they show the poster and the sentence. */
function dressByElement(root: ShadowRoot): void {
  if (root.querySelector('style')) return;
  const style = root.ownerDocument.createElement('style');
  style.textContent = css;
  root.append(style);
}
