/** What all charts look like: colours of the page, quiet axes, nothing else around the lines. */
import type uPlot from 'uplot';

/** Of a custom property of the page, also once the theme has changed. */
export function colourOf(parent: HTMLElement): (name: string) => () => string {
  return (name) => () => getComputedStyle(parent).getPropertyValue(name);
}

/** `size`: of the letters, in pixels. */
export function axisOf(parent: HTMLElement, size = 11): uPlot.Axis {
  const colour = colourOf(parent);
  const font = `${size}px system-ui, sans-serif`;
  return {
    stroke: colour('--muted'),
    font,
    labelFont: font,
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
}

const between = 4; // pixels from the values to the axis and to its label

/** Room for an axis's values, so that none lies under its label: as much as the longest takes. */
export const roomForValues: uPlot.Axis.Size = (plot, values, index) => {
  const { font } = plot.axes[index]!;
  plot.ctx.font = String([font].flat()[0]);
  const widths = (values ?? []).map((value) => plot.ctx.measureText(value).width / devicePixelRatio);
  return Math.ceil(Math.max(0, ...widths)) + 2 * between;
};

/** A line without points. */
export function lineOf(parent: HTMLElement, colour: string, width: number): uPlot.Series {
  return { stroke: colourOf(parent)(colour), width, points: { show: false } };
}

export const bare = { legend: { show: false }, cursor: { show: false } } as const;
