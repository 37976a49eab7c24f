import * as z from 'zod/mini';
import { checkId, selfieAnswer } from './identity.ts';
import { instant } from './primitives.ts';
import { defineRoute } from './route.ts';

export const movementSession = z.strictObject({
  sessionId: z.string(),
  /** Which component of the app carries it out. */
  component: z.enum(['aws', 'local']),
  /** With `aws`: where the component streams to. */
  region: z.optional(z.string()),
  /** With `local`: where it sends its frames; the path is the engine's own, docs/identity.md. */
  url: z.optional(z.string()),
  expiresAt: instant,
  /** In plain words, what it shows and what it does not. */
  text: z.string(),
});

export const createMovementSession = defineRoute({
  operation: 'createMovementSession',
  method: 'POST',
  path: '/v1/identity/liveness-sessions',
  level: 'device',
  summary: "Open a session of the app's liveness component, for a reference photo or for a check.",
  body: z.discriminatedUnion('purpose', [
    z.strictObject({ purpose: z.literal('reference') }),
    z.strictObject({ purpose: z.literal('check'), checkId }),
  ]),
  bodyLimit: 1_024,
  responses: { 201: movementSession },
  refusals: [
    'consent-required',
    'references-complete',
    'reference-required',
    'unknown-check',
    'check-settled',
    'check-expired',
    'wrong-device',
    'movement-unavailable',
    'face-checks-off',
    'slow-down',
    'try-again',
  ],
});

const sessionId = z.string().check(z.regex(/^[A-Za-z0-9-]{36}$/));
export const finishMovementSession = defineRoute({
  operation: 'finishMovementSession',
  method: 'POST',
  path: '/v1/identity/liveness-sessions/{sessionId}/result',
  level: 'device',
  summary: 'Use what a liveness session found. It serves once, within three minutes.',
  params: z.strictObject({ sessionId }),
  body: z.strictObject({}),
  bodyOptional: true,
  bodyLimit: 1_024,
  responses: { 200: selfieAnswer },
  refusals: [
    'unknown-session',
    'session-pending',
    'consent-required',
    'references-complete',
    'reference-required',
    'unknown-check',
    'check-settled',
    'check-expired',
    'wrong-device',
    'image-refused',
    'image-used-before',
    'face-checks-off',
    'slow-down',
    'try-again',
  ],
});
