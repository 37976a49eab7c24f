import type { TaskOf } from '#contract/challenges.ts';
import { chanceOf } from '../chance.ts';
import type { TaskFacts } from '../task-facts.ts';
import { durationMs, kinds, picks, planOf } from './plan.ts';
import { recordingOf } from './recording.ts';
import { voices } from './voices.ts';
import { sampleRate, wavOf } from './wav.ts';

const instruction =
  'An engine runs during a part of this recording. Choose the four things that you hear while it runs, ' +
  'in the order in which you hear them.';

const choices = voices.map(({ name }, n) => ({ n, name }));

export const soundFacts = (seed: string): TaskFacts => {
  const { happenings, first } = planOf(seed);
  const wanted = happenings.slice(first, first + picks);
  return {
    mode: 'sound',
    answer: wanted.map(({ kind }) => kind),
    choices: kinds,
    durationMs,
    moments: wanted.map(({ from, samples }) => Math.ceil(((from + samples) * 1_000) / sampleRate)),
  };
};

export const renderSound = (seed: string): Omit<TaskOf<'sound'>, 'taskId'> => ({
  kind: 'sound',
  instruction,
  audio: wavOf(recordingOf(planOf(seed), chanceOf(seed, 'recording'))).toString('base64'),
  durationMs,
  choices,
  picks,
});
