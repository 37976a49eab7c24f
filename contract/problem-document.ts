import * as z from 'zod/mini';
import { type ProblemCode, problems } from './problems.ts';

/** RFC 9457 problem document: the body of every answer that is not a success. */
export const problemDocument = z.strictObject({
  type: z.literal('about:blank'),
  title: z.string(),
  status: z.int(),
  /** Stable, for programs. */
  code: z.string(),
  /** What a person can do now. */
  next: z.string(),
  /** Which check failed: a stable code, where the problem has several causes. */
  reason: z.optional(z.string()),
  /** What the person can do instead, each in plain words. */
  ways: z.optional(z.array(z.strictObject({ way: z.string(), text: z.string() }))),
  /** With `invalid-request`: every fault, by its path in the request. */
  faults: z.optional(z.array(z.strictObject({ path: z.string(), message: z.string() }))),
});
export type ProblemDocument = z.infer<typeof problemDocument>;
export type Fault = { path: string; message: string };
export interface ProblemDetails {
  reason?: string;
  ways?: { way: string; text: string }[];
  faults?: Fault[];
}

export const describeProblem = (code: ProblemCode, details: ProblemDetails = {}): ProblemDocument => {
  const { status, title, next } = problems[code];
  return { type: 'about:blank', title, status, code, next, ...details };
};
