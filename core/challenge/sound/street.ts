import type { Chance } from './chance.ts';
import { bandPass, swell } from './instruments.ts';
import type { Plan } from './plan.ts';
import { sampleRate } from './wav.ts';

const seconds = (samples: number) => samples / sampleRate;

export const levelOf = (sound: Float32Array): number => {
  let power = 0;
  for (let i = 0; i < sound.length; i++) power += (sound[i] as number) ** 2;
  return Math.sqrt(power / sound.length);
};

/** A van's engine from its start to its stop, with an average level of 1. */
export const engineOf = ({ from, to, isStartHeard, isStopHeard }: Plan['engine'], chance: Chance): Float32Array => {
  const length = to - from;
  const idle = chance.between(21, 30);
  const starter = 0.24;
  const caught = starter + 0.06;
  const dying = seconds(length) - 0.28;
  const whine = chance.between(420, 620) / sampleRate;
  const roughness = chance.between(0.35, 0.6);
  const noise = chance.noise(length);
  const pulses = new Float32Array(length);
  let turn = 0;
  let pulse = 0;
  let strength = 1;
  let whining = 0;
  for (let i = 0; i < length; i++) {
    const t = seconds(i);
    const isStarting = isStartHeard && t < caught;
    const isDying = isStopHeard && t > dying;
    const rate = isStarting
      ? 11
      : isDying
        ? idle * (1 - 2.4 * (t - dying))
        : idle * (isStartHeard ? 1 + 0.9 * Math.exp(-(t - caught) * 4) : 1);
    turn += rate / sampleRate;
    if (turn >= 1) {
      turn -= 1 + 0.08 * (noise[i] as number);
      strength = 1 + 0.35 * (noise[(i * 7) % length] as number);
      pulse = strength;
    }
    pulse *= isStarting ? 0.998 : 0.9945;
    let value = pulse * (1 - roughness + roughness * 1.6 * (noise[i] as number));
    if (isStarting) {
      whining += whine * (1 - 0.15 * pulse);
      if (t < starter) value = 0.8 * value + 0.22 * ((whining % 1) - 0.5) * (0.6 + 0.4 * pulse);
    }
    pulses[i] = value;
  }
  const body = bandPass(Float32Array.from(pulses), chance.between(150, 240), 0.9);
  const clatter = bandPass(Float32Array.from(pulses), chance.between(480, 800), 1.1);
  const share = chance.between(0.7, 1.1);
  const rise = isStartHeard ? 0.03 : 0.012;
  for (let i = 0; i < length; i++) {
    const t = seconds(i);
    const edge = swell(t / seconds(length), rise / seconds(length), (isStopHeard ? 0.16 : 0.015) / seconds(length));
    pulses[i] = edge * ((body[i] as number) + share * (clatter[i] as number));
  }
  const level = levelOf(pulses);
  for (let i = 0; i < length; i++) pulses[i] = (pulses[i] as number) / level;
  return pulses;
};

/** Wind and far traffic: noise whose colour and strength wander, about 1 on average. */
export const windOf = (length: number, chance: Chance): Float32Array => {
  const low = bandPass(chance.noise(length), chance.between(180, 380), 0.6);
  const high = bandPass(chance.noise(length), chance.between(900, 2_200), 0.5);
  const beats = Array.from({ length: 4 }, () => ({ hz: chance.between(0.2, 1.4), at: chance.between(0, 7) }));
  const wander = (t: number, i: number) => {
    const beat = beats[i] as { hz: number; at: number };
    return Math.sin(2 * Math.PI * beat.hz * t + beat.at);
  };
  let [strong, weak] = [1, 1];
  for (let i = 0; i < length; i++) {
    if (i % 64 === 0) {
      const t = seconds(i);
      strong = 1 + 0.3 * wander(t, 0) + 0.2 * wander(t, 1);
      weak = 0.5 + 0.25 * wander(t, 2) + 0.2 * wander(t, 3);
    }
    low[i] = strong * (low[i] as number) + weak * (high[i] as number);
  }
  const level = levelOf(low);
  for (let i = 0; i < length; i++) low[i] = (low[i] as number) / level;
  return low;
};
