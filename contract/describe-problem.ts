import type * as z from 'zod/mini';
import type { ChallengeSummary, way } from './challenges.ts';
import type { SelfieCheck } from './identity.ts';
import type { ProblemDocument } from './problem-document.ts';
import { type Problem, type ProblemCode, problems } from './problems.ts';

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

const texts: Partial<Record<ProblemCode, Problem>> = { ...problems };

/** Of functions that refuse more than what claims and phones are refused. */
export const addProblems = (more: Partial<Record<ProblemCode, Problem>>): void => {
  Object.assign(texts, more);
};

export const problemText = (code: ProblemCode): Problem => {
  const text = texts[code];
  if (!text) throw new Error(`there is no text for ${code} here`);
  return text;
};

export const describeProblem = (code: ProblemCode, details: ProblemDetails = {}): ProblemDocument => {
  const { status, title, next } = problemText(code);
  return { type: 'about:blank', title, status, code, next, ...details };
};
