import type { Chance } from '../chance.ts';
import { swell, twoBands } from './instruments.ts';
import type { Plan } from './plan.ts';
import { sampleRate } from './wav.ts';

const control = 32;
const starterSeconds = 0.24;
const caughtSeconds = 0.3;
const dyingSeconds = 0.28;

const colour = (sound: Float32Array, chance: Chance): void =>
  twoBands(sound, chance.between(150, 240), chance.between(480, 800), chance.between(0.7, 1.1));

/**
 * A van's engine: a starter where one is heard, revolutions that calm down, an idle that shakes, a stop that dies
 * away. The length of the `white` noise is a power of two.
 */
export const runEngine = (
  sound: Float32Array,
  { isStartHeard, isStopHeard }: Plan['engine'],
  white: Float32Array,
  chance: Chance,
): void => {
  const length = sound.length;
  const seconds = length / sampleRate;
  const idle = chance.between(18, 31);
  const whine = chance.between(420, 620) / sampleRate;
  const roughness = chance.between(0.35, 0.6);
  const again = white.length - 1;
  let turn = 0;
  let pulse = 0;
  let whining = 0;
  for (let start = 0; start < length; start += control) {
    const t = start / sampleRate;
    const isStarting = isStartHeard && t < caughtSeconds;
    const hasStarter = isStartHeard && t < starterSeconds;
    const dying = isStopHeard ? Math.max(0, t - (seconds - dyingSeconds)) : 0;
    const hurry = isStartHeard ? 0.9 * Math.exp(-4 * Math.max(0, t - caughtSeconds)) : 0;
    const step = (isStarting ? 11 : idle * (1 + hurry - 2.4 * dying)) / sampleRate;
    const fade = isStarting ? 0.998 : 0.9945;
    const loudness = (1 + hurry) * swell(t / seconds, 0.03 / seconds, (isStopHeard ? 0.16 : 0.03) / seconds);
    const stop = Math.min(length, start + control);
    for (let i = start; i < stop; i++) {
      const noise = white[i & again] as number;
      turn += step;
      if (turn >= 1) {
        turn -= 1 + 0.2 * noise;
        pulse = 1 + 0.45 * (white[(i + 1) & again] as number);
      }
      pulse *= fade;
      let value = pulse * (1 - roughness + 1.6 * roughness * noise);
      if (hasStarter) {
        whining = (whining + whine * (1 - 0.15 * pulse)) % 1;
        value += 0.2 * (whining - 0.5);
      }
      sound[i] = loudness * value;
    }
  }
  colour(sound, chance);
};

/** Wind in the colours of an engine: what tells them apart is not in the spectrum but in the beat. */
export const blow = (sound: Float32Array, white: Float32Array, chance: Chance): void => {
  const from = chance.below(white.length);
  for (let at = -from; at < sound.length; at += white.length)
    sound.set(white.subarray(Math.max(0, -at), Math.min(white.length, sound.length - at)), Math.max(0, at));
  colour(sound, chance);
};
