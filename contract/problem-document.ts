import * as z from 'zod/mini';
import { challengeSummary, way } from './challenges.ts';
import { selfieCheck } from './identity.ts';
import { instant } from './primitives.ts';

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
  ways: z.optional(z.array(way)),
  /** With `challenge-required`: what to solve. */
  challenge: z.optional(challengeSummary),
  /** With `challenge-required`: the block is kept for the driver until then; absent when no hold was left to give. */
  heldUntil: z.optional(instant),
  /** With `challenge-failed`. */
  attemptsLeft: z.optional(z.int()),
  otherWays: z.optional(z.array(way)),
  /** With `selfie-required`: the check that is due. */
  check: z.optional(selfieCheck),
  /** With `too-early`. */
  opensAt: z.optional(instant),
  /** With `invalid-request`: every fault, by its path in the request. */
  faults: z.optional(z.array(z.strictObject({ path: z.string(), message: z.string() }))),
});
export type ProblemDocument = z.infer<typeof problemDocument>;
