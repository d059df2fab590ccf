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
    if (offer) {
      const button = Object.assign(document.createElement('button'), { type: 'button', textContent: offer.text });
      button.addEventListener('click', () => offer.take());
      this.alert.append(' ', button);
    }
    this.alert.hidden = false;
    this.alert.scrollIntoView({ block: 'nearest' });
  }

  clear(): void {
    this.alert.hidden = true;
    this.alert.textContent = '';
  }
}

/** A button behind a text. */
export interface Offer {
  text: string;
  take(): void;
}

/** A link or a file may put anything into a sentence: the middle of what nobody would read to its end is left out. */
function short(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest / 2)} … ${text.slice(-longest / 2)}`;
}

/** The sentence of an error, whatever was thrown. */
export function sentence(error: unknown): string {
  const { message = String(error) } = Object(error) as Partial<Error>;
  const text = short(message.trim() || 'Something went wrong.');
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : capital + '.';
}
