import type { TaskFacts } from '#core/challenge/task-facts.ts';
import { chanceOf } from './chance.ts';

const choices = 8;
/** As many as the tasks ask for: a trace of one can be copied for another only if it has as many. */
const picksOf = { picture: 5, sound: 4 };

/** Tasks of the kind that the challenge sets, at random: the grading must not learn one generator's habits. */
export const someFacts = (mode: TaskFacts['mode'], seed: string): TaskFacts => {
  const chance = chanceOf(`facts ${seed}`);
  const picks = picksOf[mode];
  const durationMs = Math.round(chance.between(6_000, 9_000));
  const answer = chance.shuffle(Array.from({ length: choices }, (_, n) => n)).slice(0, picks);
  // Between a twelfth before the start and the end: shares of the rest, so that no two come too close.
  const shares = Array.from({ length: picks + 1 }, () => 0.35 + chance.next());
  const whole = shares.reduce((sum, share) => sum + share, 0);
  let passed = 0;
  const moments = shares.slice(0, picks).map((share) => {
    passed += share;
    return Math.round((passed / whole) * durationMs);
  });
  if (mode === 'sound') return { mode, answer, choices, durationMs, moments };
  const places: { x: number; y: number }[] = [];
  while (places.length < choices) {
    const [x, y] = [chance.between(0.08, 0.92), chance.between(0.1, 0.9)];
    if (places.every((place) => Math.hypot(place.x - x, place.y - y) > 0.17)) places.push({ x, y });
  }
  return { mode, answer, choices, durationMs, moments, places };
};
