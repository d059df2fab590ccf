/** Elements, made without parsing a text: pages with Trusted Types have no objection. */

/** One that is a part of the element by its class's name. */
export function make<K extends keyof HTMLElementTagNameMap>(
  document: Document,
  tag: K,
  part: string,
  ...children: Node[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  element.className = part;
  element.setAttribute('part', part);
  element.append(...children);
  return element;
}

export function makeSlot(document: Document, name: string, ...children: Node[]): HTMLSlotElement {
  const slot = document.createElement('slot');
  slot.name = name;
  slot.append(...children);
  return slot;
}

export function makeButton(document: Document, part: string, act: () => void): HTMLButtonElement {
  const button = make(document, 'button', part);
  button.type = 'button';
  button.addEventListener('click', act);
  return button;
}

const icons = {
  play: 'M4.5 2.8v10.4L13 8z',
  pause: 'M4 3h3v10H4zM9 3h3v10H9z',
  again: 'M8 2.5a5.5 5.5 0 1 0 5.4 6.5h-1.6A4 4 0 1 1 8 4c1 0 2 .4 2.7 1.1L8.6 7.2H14V1.8l-2.2 2.2A5.5 5.5 0 0 0 8 2.5z',
  alpha: 'M2 2h12v12H2zm1.5 1.5V8H8v4.5h4.5V8H8V3.5z',
};

export type Icon = keyof typeof icons;

const svg = 'http://www.w3.org/2000/svg';

export function setIcon(button: HTMLButtonElement, icon: Icon, label: string): void {
  if (button.title === label) return;
  const { ownerDocument: document } = button;
  const image = document.createElementNS(svg, 'svg');
  image.setAttribute('viewBox', '0 0 16 16');
  image.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(svg, 'path');
  path.setAttribute('fill-rule', 'evenodd');
  path.setAttribute('d', icons[icon]);
  image.append(path);
  button.replaceChildren(image);
  button.setAttribute('aria-label', label);
  button.title = label;
}
