import type { Trace } from '#contract/challenge-trace.ts';
import type { InputKind } from '#core/challenge/grading/read-trace.ts';
import { traceFeatures } from '#core/challenge/grading/trace-features.ts';
import type { TaskFacts } from '#core/challenge/task-facts.ts';
import { chanceOf } from './chance.ts';
import { someFacts } from './facts.ts';
import type { Sample } from './fit.ts';
import { type Family, families } from './machines.ts';
import { modeOf, personTrace, type StyleName, styles } from './people.ts';
import type { Recording } from './replay.ts';

/** Nobody and no session is in two of them. */
export type Split = 'train' | 'calibrate' | 'test';
export type KnownSample = Sample & { kind: InputKind };

/** Whose traces are recorded and sold: people with the usual devices. */
const recordedStyles = {
  picture: ['mouse', 'mouse', 'touch', 'touch', 'one-handed', 'keyboard'],
  sound: ['sound-touch', 'sound-keyboard'],
} as const satisfies Record<TaskFacts['mode'], readonly StyleName[]>;

/** Copies of people are the hardest to tell from people and would drown in the many simple families. */
export const weightOf = ({ copies }: Family) => (copies ? 8 : 1);

export const personAt = (style: StyleName, split: Split, seed: number, index: number, attempt = 1) => {
  const facts = someFacts(modeOf(style), `${seed} ${split} ${style} ${index} ${attempt}`);
  return { facts, ...personTrace(style, facts, facts.answer, `${seed} ${split} ${index}/${attempt}`) };
};

export const recordingAt = (mode: TaskFacts['mode'], seed: string): Recording => {
  const facts = someFacts(mode, `recorded ${seed}`);
  const style = chanceOf(`recorded ${seed}`).pick(recordedStyles[mode]);
  return {
    facts,
    picks: facts.answer,
    trace: personTrace(style, facts, facts.answer, `recorded ${seed}`).trace,
  };
};

/** All attempts of an index copy the same recording. */
export const machineAt = (
  family: Family,
  split: Split,
  seed: number,
  index: number,
  attempt = 1,
): { facts: TaskFacts; trace: Trace; recorded: Recording } => {
  const bot = `${seed} ${split} ${family.name} ${index}`;
  const mode = family.mode ?? 'picture';
  const facts = someFacts(mode, `${bot} ${attempt}`);
  const recorded = recordingAt(mode, bot);
  const trace = family.trace(facts, facts.answer, chanceOf(`${bot} ${attempt}`), recorded);
  return { facts, trace, recorded };
};

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

export const peopleSamples = (split: Split, seed: number, each: number): KnownSample[] =>
  styles.flatMap((style) =>
    upTo(each).map((index) => {
      const { facts, trace } = personAt(style, split, seed, index);
      return { ...traceFeatures(facts, trace), isPerson: true, group: style, weight: 1 };
    }),
  );

export const machineSamples = (split: Split, seed: number, each: number, heldOut = false): KnownSample[] =>
  families
    .filter(({ isHeldOut = false }) => isHeldOut === heldOut)
    .flatMap((family) =>
      upTo(each).map((index) => {
        const { facts, trace } = machineAt(family, split, seed, index);
        return {
          ...traceFeatures(facts, trace),
          isPerson: false,
          group: family.name,
          weight: weightOf(family),
        };
      }),
    );
