const longest = 1000; // characters

/** Two lines under the picture: what is going on, and what went wrong. Screen readers read both out. */
export class Notice {
  constructor(
    private readonly status: HTMLElement,
    private readonly alert: HTMLElement,
  ) {}

  say(text: string): void {
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  warn(text: string, offer?: Offer): void {
    this.alert.replaceChildren(short(text));
    if (offer) this.alert.append(' ', wayOn(offer));
    this.alert.hidden = false;
    this.alert.scrollIntoView({ block: 'nearest' });
  }

  clear(): void {
    this.alert.hidden = true;
    this.alert.textContent = '';
  }
}

/** Behind a text: a button, or a link. */
export type Offer = { text: string; take(): void } | { text: string; href: string };

function wayOn(offer: Offer): HTMLElement {
  const { text: textContent } = offer;
  if ('href' in offer) return Object.assign(document.createElement('a'), { href: offer.href, textContent });
  const button = Object.assign(document.createElement('button'), { type: 'button', textContent });
  button.addEventListener('click', () => offer.take());
  return button;
}

/** A link or a file may put anything into a sentence: the middle of what nobody would read to its end is left out. */
function short(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest / 2)} … ${text.slice(-longest / 2)}`;
}

/** The sentence of an error, whatever was thrown. */
export function sentence(error: unknown): string {
  const { message = String(error) } = Object(error) as Partial<Error>;
  const text = short(message.trim() || 'Something went wrong.');
  const capital = /^\w+:\/\//.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1); // addresses stay as they are
  return /[.!?]$/.test(capital) ? capital : capital + '.';
}
