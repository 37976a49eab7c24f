import type { Chance } from '../chance.ts';
import { along, bandPass, formant, sing, strike, swell } from './instruments.ts';
import { sampleRate } from './wav.ts';

/**
 * Makes one sound in all of `out`, which is silent. Everybody's dog is different: pitch, build, rhythm and number
 * follow `chance`, in ranges as wide as people know them. What is learned from some dogs then tells little about the next.
 */
type Voice = (out: Float32Array, chance: Chance) => void;

const ms = (milliseconds: number) => Math.round((milliseconds * sampleRate) / 1_000);

/** `n` uneven parts that fill `samples`, with a `rest` (a share of a part) after each but the last. */
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

/** One to three rings, each a quick row of strikes on the same dome. */
const bicycleBell: Voice = (out, chance) => {
  const hz = chance.between(1_600, 3_200);
  const dome = [1, chance.between(1.14, 1.22), chance.between(1.34, 1.5)].map((ratio) => ({
    hz: hz * ratio,
    gain: chance.between(0.3, 1),
    decay: chance.between(0.025, 0.08),
  }));
  const interval = ms(chance.between(38, 58));
  for (const ring of parts(out.length, 1 + chance.below(3), 0.22, 0.2, chance))
    for (let at = 0; at < ring.samples - interval; at += Math.round(interval * chance.between(0.94, 1.06)))
      strike(out, {
        from: ring.from + at,
        samples: ms(320),
        rise: ms(2),
        partials: dome.map((partial) => ({ ...partial, gain: partial.gain * chance.between(0.75, 1) })),
      });
};

/** Chirps, a trill or two whistles. */
const bird: Voice = (out, chance) => {
  const centre = chance.between(1_400, 3_100);
  const style = chance.below(3);
  const n = style === 0 ? 3 + chance.below(3) : style === 1 ? 7 + chance.below(4) : 2;
  const span = chance.between(0.18, 0.32) * (style === 1 ? 0.6 : 1);
  const bend = chance.below(3);
  for (const [i, note] of parts(out.length, n, style === 2 ? 0.15 : 0.35, 0.15, chance).entries()) {
    const hz = centre * (style === 1 ? 1 + 0.06 * (i % 2) : chance.between(0.9, 1.1));
    sing(out, {
      ...note,
      pitch: (u) =>
        hz * (1 + span * ((bend === 0 ? 1 - u : bend === 1 ? 4 * u * (1 - u) : Math.abs(2 * u - 1)) - 0.5)),
      gain: (u) => swell(u, 0.25, 0.45),
      timbre: () => (_hz, k) => (k === 1 ? 1 : 0.05),
      phase: chance.between(0, 1),
    });
  }
};

/** Two horns at once: long, twice, three times, or short and long. */
const carHorn: Voice = (out, chance) => {
  const low = chance.between(250, 700);
  const high = low * chance.between(1.18, 1.3);
  const throat = chance.between(700, 2_800);
  const width = chance.between(400, 1_100);
  const dullness = chance.between(0.2, 0.7);
  const style = chance.below(4);
  const toots =
    style === 3
      ? [
          { from: 0, samples: Math.round(out.length * 0.22) },
          { from: Math.round(out.length * 0.36), samples: Math.round(out.length * 0.64) },
        ]
      : parts(out.length, 1 + style, 0.25, 0.13, chance);
  for (const toot of toots)
    for (const hz of [low, high])
      sing(out, {
        ...toot,
        pitch: (u) => hz * (1 - 0.03 * Math.exp(-20 * u)),
        gain: (u) => swell(u, ms(25) / toot.samples, ms(45) / toot.samples),
        timbre: () => (at, k) => k ** -dullness * (0.25 + formant(at, throat, width)),
        phase: chance.between(0, 1),
      });
};

/** Me-ow: a mouth that opens and closes while the pitch rises and falls. */
const cat: Voice = (out, chance) => {
  const base = chance.between(360, 950);
  const body = chance.between(0.85, 1.25);
  const bend = chance.between(0.12, 0.3);
  const peak = chance.between(0.25, 0.5);
  const opening = chance.between(0.12, 0.25);
  const trembling = chance.between(0, 0.02);
  const rise = [0, 1 - bend / 2, peak, 1 + bend / 2, 1, 1 - bend];
  const jaw = [0, 350, opening, 600, peak + 0.1, 1_000, 0.8, 750, 1, 450];
  const tongue = [0, 2_300, opening, 2_200, peak + 0.1, 1_600, 1, 950];
  for (const mew of parts(out.length, chance.below(4) === 0 ? 2 : 1, 0.2, 0.15, chance))
    sing(out, {
      ...mew,
      pitch: (u) => base * (along(rise, u) + trembling * Math.sin(30 * u)),
      gain: (u) => swell(u, opening * 1.5, 0.4) * (0.55 + 0.45 * swell(u, 0.6, 0.8)),
      timbre: (u) => {
        const first = body * along(jaw, u);
        const second = body * along(tongue, u);
        return (hz) =>
          formant(hz, first, 170) + 0.7 * formant(hz, second, 220) + 0.25 * formant(hz, 3_000 * body, 300);
      },
      phase: chance.between(0, 1),
    });
};

/** Two to four barks of a dog of any size: a throat that opens wide at once, and breath. */
const dog: Voice = (out, chance) => {
  const size = chance.between(0, 1);
  const base = 210 * 3.2 ** size;
  const body = (0.8 + 0.45 * size) * chance.between(0.9, 1.1);
  const hoarse = chance.between(0.25, 0.5);
  const fall = [0, 0.8, 0.25, 1.2, 0.5, 1.05, 1, 0.55];
  const jaw = [0, 420, 0.3, 1_000, 0.6, 850, 1, 450];
  const n = 2 + chance.below(size > 0.4 ? 3 : 2);
  for (const slot of parts(out.length, n, chance.between(0.35, 0.5), 0.12, chance)) {
    const bark = { from: slot.from, samples: Math.min(slot.samples, ms(200)) };
    const lift = base * chance.between(0.95, 1.06);
    const gain = (u: number) => swell(u, ms(14) / bark.samples, 0.75);
    sing(out, {
      ...bark,
      pitch: (u) => lift * along(fall, u),
      gain,
      timbre: (u) => {
        const opened = body * along(jaw, u);
        return (hz) =>
          formant(hz, opened, 260) +
          0.5 * formant(hz, body * 1_700, 350) +
          0.2 * formant(hz, body * 2_600, 400);
      },
      phase: chance.between(0, 1),
    });
    const breath = chance.noise(bark.samples);
    bandPass(breath, body * 1_100, 0.9);
    for (let i = 0; i < bark.samples; i++) {
      const air = hoarse * (breath[i] as number);
      const at = bark.from + i;
      out[at] = (out[at] as number) * (1 + 2 * air) + 3 * air * gain(i / bark.samples);
    }
  }
};

/** Ding-dong, sometimes twice: metal bars or an electric chime. */
const doorBell: Voice = (out, chance) => {
  const ding = chance.between(480, 1_400);
  const dong = ding * chance.between(0.76, 0.85);
  const ratios = chance.below(2) === 0 ? [1, 2, 3, 4.2] : [1, 2.76, 3.9];
  const brightness = chance.between(0.15, 0.75);
  const decay = chance.between(0.1, 0.4);
  const second = chance.between(0.36, 0.48);
  for (const pair of parts(out.length, chance.below(3) === 0 ? 2 : 1, 0, 0.08, chance))
    for (const [hz, from] of [
      [ding, 0],
      [dong, Math.round(pair.samples * second)],
    ] as const)
      strike(out, {
        from: pair.from + from,
        samples: out.length,
        rise: ms(6),
        partials: ratios.map((ratio, i) => ({
          hz: hz * ratio,
          gain: brightness ** i,
          decay: decay / (1 + 0.6 * i),
        })),
      });
};

/** Three to five knocks on a door, in one of the rhythms in which people knock. */
const knocking: Voice = (out, chance) => {
  const wood = chance.between(180, 620);
  const rhythms = [
    [0, 1, 2],
    [0, 1, 2, 3],
    [0, 1.4, 2, 3],
    [0, 1, 2, 3, 4],
  ] as const;
  const beats = rhythms[chance.below(rhythms.length)] as readonly number[];
  const beat = Math.min(ms(chance.between(110, 185)), (out.length - ms(110)) / (beats.at(-1) as number));
  const door = [1, chance.between(1.9, 2.4), chance.between(3.1, 3.9), chance.between(4.8, 6)].map(
    (ratio, i) => ({
      hz: wood * ratio,
      gain: chance.between(0.3, 1),
      decay: chance.between(0.015, 0.04) / (1 + 0.3 * i),
    }),
  );
  for (const at of beats) {
    const strength = chance.between(0.75, 1);
    strike(out, {
      from: Math.round(at * beat),
      samples: ms(130),
      rise: ms(5),
      partials: door.map((partial) => ({
        ...partial,
        gain: partial.gain * strength * chance.between(0.8, 1.2),
      })),
    });
  }
};

/** Up and down all the time: in a wave, or between two tones. */
const siren: Voice = (out, chance) => {
  const low = chance.between(350, 900);
  const width = chance.between(1.9, 2.5);
  const fourth = chance.between(1.3, 1.42);
  const throat = chance.between(700, 2_600);
  const waves = chance.between(2.2, 4.5);
  const begin = chance.between(0, 1);
  const tones = 3 + chance.below(4);
  const hasTwoTones = chance.below(2) === 0;
  sing(out, {
    from: 0,
    samples: out.length,
    pitch: hasTwoTones
      ? (u) => low * ((Math.floor(u * tones * 0.999) + Math.round(begin)) % 2 === 0 ? 1 : fourth)
      : (u) => low * width ** (0.5 - 0.5 * Math.cos(2 * Math.PI * (u * waves + begin))),
    gain: (u) => swell(u, 0.12, 0.15),
    timbre: () => (hz, k) => k ** -0.8 * (k % 2 === 0 ? 0.5 : 1) * (0.3 + formant(hz, throat, 700)),
    phase: chance.between(0, 1),
  });
};

/** In the order of their names, which is the same for everybody and in every task. */
export const voices: readonly { name: string; voice: Voice }[] = [
  { name: 'Bicycle bell (ring-ring)', voice: bicycleBell },
  { name: 'Bird', voice: bird },
  { name: 'Car horn', voice: carHorn },
  { name: 'Cat', voice: cat },
  { name: 'Dog', voice: dog },
  { name: 'Door bell (ding-dong)', voice: doorBell },
  { name: 'Knocking', voice: knocking },
  { name: 'Siren', voice: siren },
];
