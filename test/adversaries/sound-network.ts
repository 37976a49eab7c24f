import { picks } from '#core/challenge/sound/plan.ts';
import type { Solver } from './solver.ts';
import {
  assign,
  bestPlaces,
  firstInEngine,
  kinds,
  listen,
  patchOf,
  patchSize,
  spreadOf,
  studiedTasks,
} from './sound-examples.ts';

const hiddenUnits = 48;
const leak = 0.01;

interface Example {
  patch: Float32Array;
  label: number;
}

/** A network of one hidden layer; the probability of each label. */
const networkOf = (labels: number, chance: () => number) => {
  const random = (length: number, fan: number) =>
    Float32Array.from({ length }, () => ((chance() - 0.5) * 2) / Math.sqrt(fan));
  const inner = random(hiddenUnits * patchSize, patchSize);
  const innerBias = new Float32Array(hiddenUnits);
  const outer = random(labels * hiddenUnits, hiddenUnits);
  const outerBias = new Float32Array(labels);
  const hidden = new Float32Array(hiddenUnits);

  const predict = (patch: Float32Array): Float64Array => {
    for (let j = 0; j < hiddenUnits; j++) {
      const at = j * patchSize;
      let [a, b] = [0, 0];
      for (let i = 0; i < patchSize; i += 2) {
        a += (inner[at + i] as number) * (patch[i] as number);
        b += (inner[at + i + 1] as number) * (patch[i + 1] as number);
      }
      const sum = (innerBias[j] as number) + a + b;
      hidden[j] = sum > 0 ? sum : leak * sum;
    }
    const odds = Float64Array.from({ length: labels }, (_, label) => {
      let sum = outerBias[label] as number;
      for (let j = 0; j < hiddenUnits; j++)
        sum += (outer[label * hiddenUnits + j] as number) * (hidden[j] as number);
      return sum;
    });
    const top = Math.max(...odds);
    const weights = odds.map((odd) => Math.exp(odd - top));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => weight / total);
  };

  const correct = ({ patch, label }: Example, rate: number): void => {
    const error = predict(patch);
    error[label] = (error[label] as number) - 1;
    const back = new Float64Array(hiddenUnits);
    for (let l = 0; l < labels; l++) {
      const step = rate * (error[l] as number);
      outerBias[l] = (outerBias[l] as number) - step;
      for (let j = 0; j < hiddenUnits; j++) {
        const at = l * hiddenUnits + j;
        back[j] = (back[j] as number) + step * (outer[at] as number);
        outer[at] = (outer[at] as number) - step * (hidden[j] as number);
      }
    }
    for (let j = 0; j < hiddenUnits; j++) {
      const step = (hidden[j] as number) > 0 ? (back[j] as number) : leak * (back[j] as number);
      if (Math.abs(step) < 1e-7) continue;
      innerBias[j] = (innerBias[j] as number) - step;
      const at = j * patchSize;
      for (let i = 0; i < patchSize; i++)
        inner[at + i] = (inner[at + i] as number) - step * (patch[i] as number);
    }
  };

  const train = (examples: readonly Example[], rounds: number) => {
    for (let n = 0; n < rounds * examples.length; n++) {
      const example = examples[Math.floor(chance() * examples.length)] as Example;
      correct(example, 0.004 * (1 - n / (rounds * examples.length)) + 0.0002);
    }
    return predict;
  };
  return { train };
};

const nothing = kinds;

const learn = (chance: () => number) => {
  const sounds: Example[] = [];
  const engine: Example[] = [];
  for (const { rows, sounds: heard, isEngineOn } of studiedTasks()) {
    for (const { kind, row } of heard)
      for (const shift of [-1, 0, 1]) sounds.push({ patch: patchOf(rows, row + shift), label: kind });
    for (let n = 0; n < 10; n++) {
      const row = Math.floor(chance() * rows.length);
      const patch = patchOf(rows, row);
      engine.push({ patch, label: isEngineOn(row) ? 1 : 0 });
      if (heard.every((sound) => Math.abs(sound.row - row) > 6)) sounds.push({ patch, label: nothing });
    }
  }
  const { normalise } = spreadOf(sounds.map(({ patch }) => patch));
  const ready = (examples: readonly Example[]) =>
    examples.map(({ patch, label }) => ({ patch: normalise(patch), label }));
  return {
    normalise,
    soundAt: networkOf(kinds + 1, chance).train(ready(sounds), 8),
    engineAt: networkOf(2, chance).train(ready(engine), 4),
  };
};
let learned: ReturnType<typeof learn> | undefined;

export const networkSolver: Solver = {
  name: 'sound network',
  method: 'two networks trained on 600 tasks of its own: which sound is where, where the engine runs',
  mode: 'sound',
  solve: (task, chance) => {
    if (task.kind !== 'sound') return [];
    learned ??= learn(chance);
    const { normalise, soundAt, engineAt } = learned;
    const { rows } = listen(task.audio);
    const patches = rows.map((_, row) => normalise(patchOf(rows, row)));
    const logs = patches.map((patch) => soundAt(patch).map((p) => Math.log(p + 1e-6)));
    const places = bestPlaces(
      Float64Array.from(logs, (log) => Math.max(...log.subarray(0, kinds)) - (log[nothing] as number)),
    );
    const isOn = Float64Array.from(patches, (patch) => {
      const [off, on] = engineAt(patch) as unknown as [number, number];
      return Math.log((on + 1e-4) / (off + 1e-4));
    });
    const first = firstInEngine(places, isOn);
    return assign(places.map((row) => logs[row] as Float64Array)).slice(first, first + picks);
  },
};
