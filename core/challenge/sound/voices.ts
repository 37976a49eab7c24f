import type { Chance } from './chance.ts';
import { along, bandPass, formant, sing, strike, swell } from './instruments.ts';
import { sampleRate } from './wav.ts';

/** Makes one sound, from the beginning of `out` to `samples`. Everybody's dog is different: `chance` decides how. */
type Voice = (out: Float32Array, samples: number, chance: Chance) => void;

const ms = (milliseconds: number) => Math.round((milliseconds * sampleRate) / 1_000);

/** `n` parts that fill `samples`, a little uneven, each with a rest after it. */
const parts = (samples: number, n: number, rest: number, unevenness: number, chance: Chance) => {
  const weights = Array.from({ length: n }, () => chance.between(1 - unevenness, 1 + unevenness));
  const total = weights.reduce((sum, weight) => sum + weight, 0) - rest;
  let at = 0;
  return weights.map((weight) => {
    const from = Math.round((at / total) * samples);
    at += weight;
    return { from, samples: Math.min(samples - from, Math.round(((weight - rest) / total) * samples)) };
  });
};

const bicycleBell: Voice = (out, samples, chance) => {
  const hz = chance.between(1_850, 2_700);
  const partials = [1, chance.between(1.14, 1.22), chance.between(1.34, 1.5)].map((ratio, i) => ({
    hz: hz * ratio,
    gain: chance.between(0.5, 1) / (1 + i * 0.5),
    decay: chance.between(0.03, 0.07),
  }));
  const between = ms(chance.between(38, 58));
  for (const part of parts(samples, 1 + chance.below(2), 0.22, 0.1, chance))
    for (let at = 0; at < part.samples - between; at += Math.round(between * chance.between(0.94, 1.06)))
      strike(out, {
        from: part.from + at,
        samples: Math.min(ms(320), samples - part.from - at),
        partials: partials.map((partial) => ({ ...partial, gain: partial.gain * chance.between(0.75, 1) })),
        rise: ms(2),
      });
};

const bird: Voice = (out, samples, chance) => {
  const centre = chance.between(2_150, 3_000);
  const style = chance.below(3);
  const n = style === 0 ? 3 + chance.below(2) : style === 1 ? 7 + chance.below(4) : 2;
  const span = chance.between(0.18, 0.32) * (style === 1 ? 0.6 : 1);
  const shape = chance.below(3);
  for (const [i, part] of parts(samples, n, style === 2 ? 0.15 : 0.35, 0.15, chance).entries()) {
    const hz = centre * (style === 1 ? 1 + 0.06 * (i % 2) : chance.between(0.9, 1.1));
    sing(out, {
      ...part,
      pitch: (u) =>
        hz * (1 + span * (shape === 0 ? 0.5 - u : shape === 1 ? 4 * u * (1 - u) - 0.5 : Math.abs(2 * u - 1) - 0.5)),
      gain: (u) => swell(u, 0.25, 0.45),
      timbre: (_hz, _u, k) => (k === 1 ? 1 : 0.05),
      phase: chance.between(0, 1),
    });
  }
};

const carHorn: Voice = (out, samples, chance) => {
  const low = chance.between(310, 480);
  const second = low * chance.between(1.18, 1.3);
  const throat = chance.between(900, 2_000);
  const width = chance.between(500, 1_100);
  const dullness = chance.between(0.2, 0.7);
  const style = chance.below(3);
  const toots =
    style === 0
      ? [{ from: 0, samples }]
      : style === 1
        ? parts(samples, 2, 0.2, 0.12, chance)
        : [
            { from: 0, samples: Math.round(samples * 0.22) },
            { from: Math.round(samples * 0.36), samples: Math.round(samples * 0.64) },
          ];
  for (const toot of toots)
    for (const hz of [low, second])
      sing(out, {
        ...toot,
        pitch: (u) => hz * (1 - 0.03 * Math.exp(-u * 20)),
        gain: (u) => swell(u, ms(25) / toot.samples, ms(45) / toot.samples),
        timbre: (at, _u, k) => k ** -dullness * (0.25 + formant(at, throat, width)),
        phase: chance.between(0, 1),
      });
};

const cat: Voice = (out, samples, chance) => {
  const base = chance.between(430, 720);
  const body = chance.between(0.9, 1.18);
  const bend = chance.between(0.12, 0.3);
  const peak = chance.between(0.25, 0.5);
  const opening = chance.between(0.12, 0.25);
  const trembling = chance.between(0, 0.02);
  for (const mew of chance.below(4) === 0 ? parts(samples, 2, 0.2, 0.15, chance) : [{ from: 0, samples }])
    sing(out, {
      ...mew,
      pitch: (u) =>
        base *
        (along([[0, 1 - bend / 2], [peak, 1 + bend / 2], [1, 1 - bend]], u) + trembling * Math.sin(u * 30)),
      gain: (u) => swell(u, opening * 1.5, 0.4) * (0.55 + 0.45 * swell(u, 0.6, 0.8)),
      timbre: (hz, u, k) => {
        const first = body * along([[0, 350], [opening, 600], [peak + 0.1, 1_000], [0.8, 750], [1, 450]], u);
        const second = body * along([[0, 2_300], [opening, 2_200], [peak + 0.1, 1_600], [1, 950]], u);
        const third = formant(hz, 3_000 * body, 300);
        return (formant(hz, first, 170) + 0.7 * formant(hz, second, 220) + 0.25 * third) * k ** -0.3;
      },
      phase: chance.between(0, 1),
    });
};

const dog: Voice = (out, samples, chance) => {
  const size = chance.between(0, 1);
  const base = 240 * 2.3 ** size;
  const body = 0.85 + 0.35 * size;
  const hoarse = chance.between(0.25, 0.5);
  const n = size > 0.6 ? 2 + chance.below(2) : 2;
  for (const slot of parts(samples, n, chance.between(0.35, 0.5), 0.12, chance)) {
    const bark = { from: slot.from, samples: Math.min(slot.samples, ms(200)) };
    const lift = chance.between(0.95, 1.06);
    const gain = (u: number) => swell(u, ms(14) / bark.samples, 0.75);
    const opened = (u: number) => body * along([[0, 420], [0.3, 1_000], [0.6, 850], [1, 450]], u);
    sing(out, {
      ...bark,
      pitch: (u) => base * lift * along([[0, 0.8], [0.25, 1.2], [0.5, 1.05], [1, 0.55]], u),
      gain,
      timbre: (hz, u) =>
        formant(hz, opened(u), 260) + 0.5 * formant(hz, body * 1_700, 350) + 0.2 * formant(hz, body * 2_600, 400),
      phase: chance.between(0, 1),
    });
    const breath = bandPass(chance.noise(bark.samples), body * 1_100, 0.9);
    for (let i = 0; i < bark.samples; i++) {
      const at = bark.from + i;
      const rough = 1 + hoarse * (breath[i] as number) * 2;
      out[at] = (out[at] as number) * rough + hoarse * 3 * (breath[i] as number) * gain(i / bark.samples);
    }
  }
};

const doorBell: Voice = (out, samples, chance) => {
  const ding = chance.between(620, 1_050);
  const dong = ding * chance.between(0.76, 0.85);
  const second = chance.between(0.36, 0.46);
  const ratios = chance.below(2) === 0 ? [1, 2, 3, 4.2] : [1, 2.76, 3.9];
  const brightness = chance.between(0.15, 0.4);
  const decay = chance.between(0.16, 0.34);
  for (const [hz, from, gain] of [
    [ding, 0, 1],
    [dong, Math.round(samples * second), chance.between(0.9, 1.1)],
  ] as const)
    strike(out, {
      from,
      samples: samples - from,
      partials: ratios.map((ratio, i) => ({ hz: hz * ratio, gain: gain * brightness ** i, decay: decay / (1 + 0.6 * i) })),
      rise: ms(6),
    });
};

const knocking: Voice = (out, samples, chance) => {
  const wood = chance.between(260, 420);
  const rhythm = chance.below(3);
  const beats =
    rhythm === 0 ? [0, 1, 2] : rhythm === 1 ? [0, 1, 2, 3] : [0, 1.4, 2, 3];
  const beat = Math.min(ms(chance.between(125, 175)), (samples - ms(130)) / (beats.at(-1) as number));
  const partials = [1, chance.between(1.9, 2.4), chance.between(3.1, 3.9), chance.between(4.8, 6)].map((ratio, i) => ({
    hz: wood * ratio,
    gain: chance.between(0.6, 1) / (1 + 0.35 * i),
    decay: chance.between(0.018, 0.034) / (1 + 0.3 * i),
  }));
  for (const at of beats) {
    const strength = chance.between(0.75, 1);
    strike(out, {
      from: Math.round(at * beat),
      samples: ms(130),
      partials: partials.map((partial) => ({ ...partial, gain: partial.gain * strength * chance.between(0.8, 1.2) })),
      rise: ms(5),
    });
  }
};

const siren: Voice = (out, samples, chance) => {
  const low = chance.between(430, 640);
  const wide = chance.between(1.9, 2.5);
  const fourth = chance.between(1.3, 1.42);
  const throat = chance.between(900, 1_700);
  const cycles = chance.between(2.6, 3.6);
  const begin = chance.between(0, 1);
  const tones = 4 + chance.below(2);
  const isTwoTone = chance.below(2) === 0;
  sing(out, {
    from: 0,
    samples,
    pitch: isTwoTone
      ? (u) => low * ((Math.floor(u * tones * 0.999) + Math.round(begin)) % 2 === 0 ? 1 : fourth)
      : (u) => low * wide ** (0.5 - 0.5 * Math.cos(2 * Math.PI * (u * cycles + begin))),
    gain: (u) => swell(u, 0.12, 0.15),
    timbre: (hz, _u, k) => k ** -0.8 * (k % 2 === 0 ? 0.5 : 1) * (0.3 + formant(hz, throat, 700)),
    phase: chance.between(0, 1),
  });
};

/** In the order of their names, which is the same for everybody and in every task. */
export const voices: readonly { name: string; voice: Voice }[] = [
  { name: 'Bicycle bell', voice: bicycleBell },
  { name: 'Bird', voice: bird },
  { name: 'Car horn', voice: carHorn },
  { name: 'Cat', voice: cat },
  { name: 'Dog', voice: dog },
  { name: 'Door bell', voice: doorBell },
  { name: 'Knocking', voice: knocking },
  { name: 'Siren', voice: siren },
];
