import type { Solver } from './solver.ts';
import { listen } from './sound-examples.ts';
import { bands } from './sound-features.ts';
import { networkSolver } from './sound-network.ts';
import { loudPlaces, templateSolvers } from './sound-templates.ts';

const shuffled = (n: number, chance: () => number): number[] => {
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(chance() * (i + 1));
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  return order;
};

const guess: Solver = {
  name: 'sound guess',
  method: 'four of the choices in any order',
  mode: 'sound',
  solve: (task, chance) =>
    task.kind === 'sound' ? shuffled(task.choices.length, chance).slice(0, task.picks) : [],
};

/** From dull to bright, as anybody would say without hearing any of them. */
const byBrightness = ['Knocking', 'Dog', 'Car horn', 'Cat', 'Door bell', 'Siren', 'Bird', 'Bicycle bell'];

const parse: Solver = {
  name: 'sound parser',
  method: 'reads the file; the loud parts, named by how bright they are, four neighbours of them',
  mode: 'sound',
  solve: (task, chance) => {
    if (task.kind !== 'sound') return [];
    const { rows } = listen(task.audio);
    const brightness = loudPlaces(rows).map((place) => {
      const row = rows[place] as Float32Array;
      const powers = row.map((value) => Math.exp(2 * value));
      const total = powers.reduce((sum, power) => sum + power, 0);
      return powers.reduce((sum, power, band) => sum + (power * band) / total, 0) / bands;
    });
    const ranks = brightness.map((value) => brightness.filter((other) => other < value).length);
    const names = ranks.map((rank) => byBrightness[Math.min(7, rank + Math.floor(chance() * 3))] as string);
    const first = Math.floor(chance() * (names.length - task.picks + 1));
    const picked = names.slice(first, first + task.picks);
    return picked.map((name) => task.choices.find((choice) => choice.name.startsWith(name))?.n ?? 0);
  },
};

/** All of them know the published source; none has a seed. */
export const soundSolvers: readonly Solver[] = [guess, parse, ...templateSolvers, networkSolver];
