/** The article's figures: each begins to work when it comes near. Without this script they are pictures. */
import { wireCrops } from './crops';
import { wireGradient } from './gradient';
import { wireNature } from './nature';
import { wirePhases } from './phases';
import { wirePower } from './power';
import { wireScale } from './scale';
import { whenNear } from './seen';
import { wireSwap } from './swap';

const figures: Readonly<Record<string, (figure: HTMLElement) => Promise<void>>> = {
  swap: wireSwap,
  power: wirePower,
  nature: wireNature,
  phases: wirePhases,
  crops: wireCrops,
  gradient: wireGradient,
  scale: wireScale,
};

for (const [name, wire] of Object.entries(figures)) {
  const figure = document.getElementById(`figure-${name}`)!;
  whenNear(figure, () => wire(figure).catch((error: Error) => complain(figure, error)));
}

/** What is wrong is said where it is missed. */
function complain(figure: HTMLElement, error: Error): void {
  const note = document.createElement('p');
  note.className = 'complaint';
  note.setAttribute('role', 'alert');
  note.textContent = `This figure does not work here. ${error.message}`;
  figure.append(note);
}
