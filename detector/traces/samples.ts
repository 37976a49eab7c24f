import type { Trace, TraceEvent } from '#contract/challenge-trace.ts';
import { type TraceShape, traceFeatures } from '#core/challenge/grading/trace-features.ts';
import type { TaskFacts } from '#core/challenge/task-facts.ts';
import { chanceOf } from './chance.ts';
import { someFacts } from './facts.ts';
import type { Sample } from './fit.ts';
import { type Family, families } from './machines.ts';
import { modeOf, personTrace, type StyleName, styles } from './people.ts';
import type { Recording } from './replay.ts';

/** Nobody and no session is in two of them. */
export type Split = 'train' | 'calibrate' | 'test';
export type KnownSample = Sample & TraceShape & { omission: Omission | undefined };

/** What devices, pages and assistive technology may leave out of a trace. */
const kept = {
  moves: ({ e }) => e !== 'move',
  presses: ({ e }) => e !== 'down' && e !== 'up',
  'the clip': ({ e }) => e !== 'play' && e !== 'pause' && e !== 'end',
  keys: ({ e }) => e !== 'key' && e !== 'focus',
} as const satisfies Record<string, (event: TraceEvent) => boolean>;
export type Omission = keyof typeof kept | 'places';
export const omissions: readonly Omission[] = ['moves', 'presses', 'the clip', 'keys', 'places'];

export const leaveOut = (omission: Omission, trace: Trace): Trace => ({
  ...trace,
  events:
    omission === 'places'
      ? trace.events.map(({ x: _, y: __, ...event }) => event)
      : trace.events.filter(kept[omission]),
});

const omittedShare = 0.4;

/**
 * In training traces of both sides lack a part now and then, so that evidence for or against somebody is not weighed as
 * if the rest were always there to balance it.
 */
const withOmission = (trace: Trace, seed: string): { trace: Trace; omission: Omission | undefined } => {
  const chance = chanceOf(`omitted ${seed}`);
  if (!chance.happens(omittedShare)) return { trace, omission: undefined };
  const omission = chance.pick(omissions);
  return { trace: leaveOut(omission, trace), omission };
};

/** Whose traces are recorded and sold: people with the usual devices. */
const recordedStyles = {
  picture: ['mouse', 'mouse', 'touch', 'touch', 'one-handed', 'keyboard'],
  sound: ['sound-touch', 'sound-keyboard'],
} as const satisfies Record<TaskFacts['mode'], readonly StyleName[]>;

export const personAt = (style: StyleName, split: Split, seed: number, index: number, attempt = 1) => {
  const facts = someFacts(modeOf(style), `${seed} ${split} ${style} ${index} ${attempt}`);
  return { facts, ...personTrace(style, facts, facts.answer, `${seed} ${split} ${index}/${attempt}`) };
};

/** Whether a recorded trace let its person pass: by an earlier model, or anyhow. */
export type Passed = (facts: TaskFacts, trace: Trace) => boolean;

const mostRecordings = 8;

/** Whoever sells traces keeps those that passed. */
const recordingAt = (mode: TaskFacts['mode'], seed: string, passed: Passed): Recording => {
  const style = chanceOf(`recorded ${seed}`).pick(recordedStyles[mode]);
  for (let tries = 1; ; tries += 1) {
    const facts = someFacts(mode, `recorded ${seed} ${tries}`);
    const { trace } = personTrace(style, facts, facts.answer, `recorded ${seed} ${tries}`);
    if (tries === mostRecordings || passed(facts, trace)) return { facts, picks: facts.answer, trace };
  }
};

/** Which traces to make: all attempts of an index copy the same recording. */
export interface MachineOptions {
  split: Split;
  seed: number;
  passed: Passed;
}

export const machineAt = (
  family: Family,
  { split, seed, passed }: MachineOptions,
  index: number,
  attempt = 1,
): { facts: TaskFacts; trace: Trace; recorded: Recording | undefined } => {
  const bot = `${seed} ${split} ${family.name} ${index}`;
  const mode = family.mode ?? 'picture';
  const facts = someFacts(mode, `${bot} ${attempt}`);
  let recorded: Recording | undefined;
  const trace = family.trace(facts, facts.answer, chanceOf(`${bot} ${attempt}`), () => {
    recorded ??= recordingAt(mode, bot, passed);
    return recorded;
  });
  return { facts, trace, recorded };
};

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

export const peopleSamples = (split: Split, seed: number, each: number): KnownSample[] =>
  styles.flatMap((style) =>
    upTo(each).map((index) => {
      const { facts, trace } = personAt(style, split, seed, index);
      const { trace: sent, omission } = withOmission(trace, `${seed} ${split} ${style} ${index}`);
      const shape = traceFeatures(facts, sent);
      return { ...shape, isPerson: true, group: style, weight: 1, omission };
    }),
  );

/** Of the families that are trained with. */
export const machineSamples = (options: MachineOptions, each: number): KnownSample[] =>
  families
    .filter(({ isHeldOut }) => !isHeldOut)
    .flatMap((family) =>
      upTo(each).map((index) => {
        const { facts, trace } = machineAt(family, options, index);
        const name = `${options.seed} ${options.split} ${family.name} ${index}`;
        const { trace: sent, omission } = withOmission(trace, name);
        const shape = traceFeatures(facts, sent);
        return { ...shape, isPerson: false, group: family.name, weight: family.weight ?? 1, omission };
      }),
    );
