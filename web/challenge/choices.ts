import { t } from './texts.ts';
import type { Recorder } from './trace.ts';
import { button, element, row, say } from './view.ts';

export interface Choice {
  n: number;
  button: HTMLButtonElement;
  /** As it is said; `at` is its place in the order, from 1, where it was chosen. */
  name: (at?: number) => string;
}

export interface Choices {
  picked: readonly number[];
  /** How many are chosen, `Undo` and `Done`. */
  controls: HTMLElement[];
}

const centre = ({ button: drawn }: Choice) => {
  const { left, top, width, height } = drawn.getBoundingClientRect();
  return { x: left + width / 2, y: top + height / 2 };
};

const directions: Readonly<Record<string, readonly [number, number]>> = {
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowDown: [0, 1],
  ArrowUp: [0, -1],
};

/** The next choice in the direction of an arrow key: near along it, and not far beside it. */
const neighbour = (choices: readonly Choice[], from: Choice, [dx, dy]: readonly [number, number]) => {
  const at = centre(from);
  let best: { choice: Choice; cost: number } | undefined;
  for (const choice of choices) {
    const { x, y } = centre(choice);
    const along = (x - at.x) * dx + (y - at.y) * dy;
    const beside = Math.abs((x - at.x) * dy) + Math.abs((y - at.y) * dx);
    const cost = along + 2 * beside;
    if (along > 1 && (!best || cost < best.cost)) best = { choice, cost };
  }
  return best?.choice;
};

/** Things to choose in an order, by pointer or by keys; each once. `changed` draws what the buttons do not show. */
export const orderedChoices = (
  choices: readonly Choice[],
  picks: number,
  {
    trace,
    done,
    changed,
  }: { trace: Recorder; done: (picked: number[]) => void; changed?: (picked: readonly number[]) => void },
): Choices => {
  const picked: number[] = [];
  const count = element('p', { class: 'count' });

  const draw = () => {
    for (const { n, button: drawn, name } of choices) {
      const at = picked.indexOf(n) + 1;
      drawn.setAttribute('aria-pressed', String(at > 0));
      drawn.setAttribute('aria-label', name(at || undefined));
      drawn.dataset.at = at ? String(at) : '';
    }
    count.textContent = t('pickedOf', { n: picked.length, of: picks });
    undo.setAttribute('aria-disabled', String(picked.length === 0));
    finish.setAttribute('aria-disabled', String(picked.length < picks));
    changed?.(picked);
  };
  const unpick = (n: number | undefined) => {
    if (n === undefined) return;
    picked.splice(picked.indexOf(n), 1);
    trace.note('unpick', n);
    draw();
    say(t('unpicked', { n: picked.length, of: picks }));
  };
  const toggle = ({ n, name }: Choice) => {
    if (picked.includes(n)) return unpick(n);
    if (picked.length === picks) return say(t('full', { n: picks }));
    picked.push(n);
    trace.note('pick', n);
    draw();
    say(
      `${t('picked', { name: name(), at: picked.length })} ${t('pickedOf', { n: picked.length, of: picks })}`,
    );
  };
  const undo = button(t('undo'), () => unpick(picked[picked.length - 1]));
  const finish = button(
    t('done'),
    () => (picked.length < picks ? say(t('pickMore', { n: picks - picked.length })) : done([...picked])),
    { class: 'primary' },
  );

  for (const choice of choices) {
    choice.button.addEventListener('click', () => toggle(choice));
    choice.button.addEventListener('focus', () => trace.note('focus', choice.n));
    choice.button.addEventListener('keydown', (event) => {
      const direction = directions[event.key];
      if (direction) {
        event.preventDefault();
        neighbour(choices, choice, direction)?.button.focus();
      } else if (event.key === 'Backspace' || event.key === 'Escape') {
        event.preventDefault();
        unpick(picked[picked.length - 1]);
      }
    });
  }
  draw();
  return { picked, controls: [count, row(undo, finish)] };
};
