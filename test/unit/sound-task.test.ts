import { hash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { soundTask } from '#contract/challenges.ts';
import { planOf } from '#core/challenge/sound/plan.ts';
import { renderSound, soundFacts } from '#core/challenge/sound/sound-task.ts';

const seedOf = (n: number) => hash('sha256', `sound test ${n}`, 'base64url');
const someSeed = fc.nat().map(seedOf);
const seeds = (count: number) => Array.from({ length: count }, (_, n) => seedOf(n));
const rate = 8_000;
const samplesOf = (seed: string) =>
  Float64Array.from(
    Buffer.from(renderSound(seed).audio, 'base64').subarray(44),
    (byte) => (byte - 128) / 127,
  );
const at = (samples: number) => (samples * 1_000) / rate;

describe('what the server knows', () => {
  it('follows from the seed alone', () => {
    fc.assert(
      fc.property(someSeed, (seed) => {
        expect(soundFacts(seed)).toEqual(soundFacts(seed));
      }),
    );
    expect(renderSound(seedOf(1))).toEqual(renderSound(seedOf(1)));
    expect(renderSound(seedOf(1)).audio).not.toBe(renderSound(seedOf(2)).audio);
  });

  it('has every choice at every place of the answer equally often, and nearly all of 1,680 answers', () => {
    const count = 12_000;
    const answers = seeds(count).map((seed) => soundFacts(seed).answer);
    for (let place = 0; place < 4; place++)
      for (let choice = 0; choice < 8; choice++) {
        const often = answers.filter((answer) => answer[place] === choice).length;
        expect(Math.abs(often - count / 8)).toBeLessThan(5 * Math.sqrt(count * (1 / 8) * (7 / 8)));
      }
    expect(new Set(answers.map((answer) => answer.join())).size).toBeGreaterThan(1_660);
  });

  it('has none, one or two sounds before the engine equally often', () => {
    const firsts = seeds(6_000).map((seed) => planOf(seed).first);
    for (const first of [0, 1, 2]) {
      const often = firsts.filter((other) => other === first).length;
      expect(Math.abs(often - 2_000)).toBeLessThan(5 * Math.sqrt(6_000 * (1 / 3) * (2 / 3)));
    }
  });
});

describe('what happens in a recording', () => {
  it('is four different sounds while the engine runs, and two others while it does not', () => {
    fc.assert(
      fc.property(someSeed, (seed) => {
        const { happenings, engine } = planOf(seed);
        const { answer, moments, durationMs } = soundFacts(seed);
        const isInside = happenings.map(
          ({ from, samples }) => from >= engine.from && from + samples <= engine.to,
        );
        const isOutside = happenings.map(
          ({ from, samples }) => from + samples <= engine.from || from >= engine.to,
        );
        expect(happenings.filter((_, i) => isInside[i]).map(({ kind }) => kind)).toEqual(answer);
        expect(isOutside.filter(Boolean)).toHaveLength(2);
        expect(new Set(happenings.map(({ kind }) => kind)).size).toBe(6);
        expect(moments).toEqual(
          happenings.filter((_, i) => isInside[i]).map(({ from, samples }) => Math.ceil(at(from + samples))),
        );
        expect(moments.at(-1)).toBeLessThan(durationMs);
      }),
    );
  });

  it('never lets two sounds overlap, and leaves the starter of the engine alone', () => {
    fc.assert(
      fc.property(someSeed, (seed) => {
        const { happenings, first, engine } = planOf(seed);
        for (const [i, { from }] of happenings.entries()) {
          const before = happenings[i - 1];
          if (before) expect(at(from - before.from - before.samples)).toBeGreaterThan(20);
        }
        if (engine.isStartHeard)
          expect(at((happenings[first]?.from ?? 0) - engine.from)).toBeGreaterThan(400);
      }),
    );
  });

  it('can be heard where it is said to be: before each moment, and between sounds much less', () => {
    let [inside, outside] = [0, 0];
    let [longInside, longOutside] = [0, 0];
    for (const seed of seeds(25)) {
      const samples = samplesOf(seed);
      const sounds = planOf(seed).happenings.map(({ from, samples }) => ({ from, to: from + samples }));
      const { moments } = soundFacts(seed);
      for (let i = 0; i < samples.length; i++) {
        const power = (samples[i] as number) ** 2;
        if (moments.some((moment) => at(i) < moment && at(i) > moment - 400)) {
          inside += power;
          longInside++;
        } else if (sounds.every(({ from, to }) => i < from || i > to)) {
          outside += power;
          longOutside++;
        }
      }
    }
    expect(10 * Math.log10(inside / longInside / (outside / longOutside))).toBeGreaterThan(4);
  });
});

describe('what is served', () => {
  it('is what the contract says, below 64 KB as sent, and the same for every task but for the sound', () => {
    const served = seeds(8).map((seed) => ({ ...renderSound(seed), taskId: 'sound.0' }));
    for (const task of served) {
      expect(soundTask.parse(task)).toEqual(task);
      expect(Buffer.from(task.audio, 'base64').length).toBeLessThanOrEqual(48_000);
      expect(JSON.stringify(task).length).toBeLessThanOrEqual(65_536);
      expect({ ...task, audio: task.audio.length }).toEqual({
        ...served[0],
        audio: (served[0]?.audio ?? '').length,
      });
    }
    expect(served[0]?.choices.map(({ n }) => n)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    const names = served[0]?.choices.map(({ name }) => name) ?? [];
    expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b, 'en')));
  });

  it('is a WAV of one channel, 8 kHz and 8 bits with nothing else in it', () => {
    const wav = Buffer.from(renderSound(seedOf(3)).audio, 'base64');
    const { durationMs } = renderSound(seedOf(3));
    expect(wav.toString('latin1', 0, 4)).toBe('RIFF');
    expect(wav.readUInt32LE(4)).toBe(wav.length - 8);
    expect(wav.toString('latin1', 8, 16)).toBe('WAVEfmt ');
    expect([16, 20, 22].map((from) => wav.readUInt16LE(from))).toEqual([16, 1, 1]);
    expect([24, 28].map((from) => wav.readUInt32LE(from))).toEqual([rate, rate]);
    expect([32, 34].map((from) => wav.readUInt16LE(from))).toEqual([1, 8]);
    expect(wav.toString('latin1', 36, 40)).toBe('data');
    expect(wav.readUInt32LE(40)).toBe(wav.length - 44);
    expect(at(wav.length - 44)).toBe(durationMs);
  });

  it('comes out of silence, goes back to it, is equally loud for everybody and never at the limit', () => {
    for (const seed of seeds(12)) {
      const samples = samplesOf(seed);
      const rise = 0.025 * rate;
      for (let i = 0; i < rise; i++) {
        expect(Math.abs(samples[i] as number)).toBeLessThan((2 * i) / rise + 0.02);
        expect(Math.abs(samples[samples.length - 1 - i] as number)).toBeLessThan((2 * i) / rise + 0.02);
      }
      expect(Math.max(...samples.map(Math.abs))).toBeLessThan(0.9);
      const db = 10 * Math.log10(samples.reduce((sum, value) => sum + value ** 2, 0) / samples.length);
      expect(db).toBeGreaterThan(-19);
      expect(db).toBeLessThan(-16);
    }
  });
});
