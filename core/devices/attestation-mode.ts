import { createHash } from 'node:crypto';
import type { AttestationMode } from '#contract/primitives.ts';

/** The mode of a stage and, for shares of its drivers, another one. */
export interface AttestationPlan {
  mode: AttestationMode;
  /** In this order, each takes its share of drivers, in percent. */
  cohorts: readonly { name: string; percent: number; mode: AttestationMode }[];
}

const strictness = ['off', 'measure', 'enforce'] as const satisfies readonly AttestationMode[];

/** What an app has to be ready for, whoever drives with it. */
export const strictestMode = ({ mode, cohorts }: AttestationPlan): AttestationMode => {
  const modes = new Set([mode, ...cohorts.map((cohort) => cohort.mode)]);
  return strictness.findLast((one) => modes.has(one)) ?? mode;
};

/** 0 to 99, the same for a driver for ever: who was enforced yesterday is enforced today. */
const placeOf = (accountId: string): number =>
  createHash('sha256').update(`attestation-cohort|${accountId}`).digest().readUInt32BE() % 100;

export const modeFor =
  ({ mode, cohorts }: AttestationPlan) =>
  (accountId: string): AttestationMode => {
    if (cohorts.length === 0) return mode;
    let place = placeOf(accountId);
    for (const cohort of cohorts) {
      if (place < cohort.percent) return cohort.mode;
      place -= cohort.percent;
    }
    return mode;
  };
