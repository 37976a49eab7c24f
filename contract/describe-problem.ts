import type * as z from 'zod/mini';
import type { ChallengeSummary, way } from './challenges.ts';
import type { SelfieCheck } from './identity.ts';
import type { ProblemDocument } from './problem-document.ts';
import { type ProblemCode, problems } from './problems.ts';

export type Fault = { path: string; message: string };
type Way = z.infer<typeof way>;
export interface ProblemDetails {
  reason?: string;
  ways?: Way[];
  challenge?: ChallengeSummary;
  heldUntil?: string;
  attemptsLeft?: number;
  otherWays?: Way[];
  check?: SelfieCheck;
  opensAt?: string;
  faults?: Fault[];
}

export const describeProblem = (code: ProblemCode, details: ProblemDetails = {}): ProblemDocument => {
  const { status, title, next } = problems[code];
  return { type: 'about:blank', title, status, code, next, ...details };
};
