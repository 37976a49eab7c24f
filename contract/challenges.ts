import * as z from 'zod/mini';
import { trace } from './challenge-trace.ts';
import { blockId, instant } from './primitives.ts';
import { defineRoute } from './route.ts';

/** The steps of the ladder, from the least effort to the most. */
export const rung = z.enum(['work', 'unlock', 'task', 'person']);
export type Rung = z.infer<typeof rung>;

export const challengeState = z.enum(['open', 'passed', 'failed']);
export type ChallengeState = z.infer<typeof challengeState>;

/** How the object task is presented: equal ways to solve it. */
export const taskMode = z.enum(['picture', 'sound']);
export type TaskMode = z.infer<typeof taskMode>;

const challengeId = z.string().check(z.regex(/^[A-Za-z0-9_-]{22}$/));
const base64url = (most: number) => z.string().check(z.regex(/^[A-Za-z0-9_-]+$/), z.maxLength(most));
const hex = (most: number) => z.string().check(z.regex(/^[0-9a-f]+$/), z.maxLength(most));

/** What a driver can do instead; `way` is stable, for programs. */
export const way = z.strictObject({ way: z.string(), text: z.string() });

/** A challenge as its driver sees it. */
export const challengeSummary = z.strictObject({
  challengeId,
  state: challengeState,
  /** What is asked for. A harder rung than this passes as well. */
  rung,
  expiresAt: instant,
  attemptsLeft: z.int(),
  otherWays: z.array(way),
});
export type ChallengeSummary = z.infer<typeof challengeSummary>;

/** Silent work: the challenge of altcha-lib, to be solved with its `solveChallenge`. */
export const workTask = z.strictObject({
  kind: z.literal('work'),
  taskId: z.string(),
  /** `parameters` and `signature` of altcha-lib, as they are. */
  work: z.strictObject({ parameters: z.record(z.string(), z.unknown()), signature: z.optional(z.string()) }),
});
/** Device unlock: what `navigator.credentials.get` and its equals on phones take (WebAuthn section 5.5). */
export const unlockTask = z.strictObject({
  kind: z.literal('unlock'),
  taskId: z.string(),
  challenge: z.string(),
  rpId: z.string(),
  credentialId: z.string(),
  userVerification: z.literal('required'),
});
/** The object task as a clip: all frames in one PNG. */
export const pictureTask = z.strictObject({
  kind: z.literal('picture'),
  taskId: z.string(),
  instruction: z.string(),
  /**
   * PNG in base64, `width` wide and `height` times `frames` high: row y of frame f is its row y * `frames` + f. Rows
   * that resemble each other lie together, which makes it half as large.
   */
  image: z.string(),
  frames: z.int(),
  width: z.int(),
  height: z.int(),
  frameMs: z.int(),
  /** Centres of the places to choose from, in units of the width and the height of a frame. */
  places: z.array(z.strictObject({ x: z.number(), y: z.number() })),
  /** How many to choose, in order. */
  picks: z.int(),
});
/** The object task as sounds: one WAV. */
export const soundTask = z.strictObject({
  kind: z.literal('sound'),
  taskId: z.string(),
  instruction: z.string(),
  /** WAV in base64. */
  audio: z.string(),
  durationMs: z.int(),
  /** What to choose from; `n` is what an answer names. */
  choices: z.array(z.strictObject({ n: z.int(), name: z.string() })),
  picks: z.int(),
});
/** The object task of somebody else's service, in its own widget. */
export const externalTask = z.strictObject({
  kind: z.literal('external'),
  taskId: z.string(),
  provider: z.enum(['turnstile', 'hcaptcha', 'aws-waf']),
  siteKey: z.string(),
  scriptUrl: z.string(),
});
export const task = z.discriminatedUnion('kind', [
  workTask,
  unlockTask,
  pictureTask,
  soundTask,
  externalTask,
]);
export type Task = z.infer<typeof task>;
export type TaskOf<K extends Task['kind']> = Extract<Task, { kind: K }>;

const taskId = z.string().check(z.regex(/^[a-z]{1,10}\.\d{1,3}$/));
export const answer = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('work'),
    taskId,
    counter: z.int().check(z.gte(0), z.lte(4_294_967_295)),
    derivedKey: hex(128),
  }),
  z.strictObject({
    kind: z.literal('unlock'),
    taskId,
    authenticatorData: base64url(1_024),
    clientDataJson: base64url(2_048),
    signature: base64url(256),
  }),
  z.strictObject({
    kind: z.literal('picks'),
    taskId,
    picks: z.array(z.int().check(z.gte(0), z.lte(15))).check(z.minLength(1), z.maxLength(8)),
  }),
  z.strictObject({
    kind: z.literal('token'),
    taskId,
    token: z.string().check(z.minLength(1), z.maxLength(8_192)),
  }),
]);
export type ChallengeAnswer = z.infer<typeof answer>;

const params = z.strictObject({ challengeId });

export const getChallenge = defineRoute({
  operation: 'getChallenge',
  method: 'GET',
  path: '/v1/challenges/{challengeId}',
  level: 'device',
  summary:
    'The task of a challenge, in the mode asked for. Asking again shows the same task until it is answered.',
  params,
  /** Left out: the rung that the challenge asks for. With a mode: the object task. */
  query: z.strictObject({ mode: z.optional(taskMode) }),
  responses: {
    200: z.strictObject({
      ...challengeSummary.shape,
      heldUntil: z.optional(instant),
      /** Absent when there is nothing left to solve. */
      task: z.optional(task),
      /** With `passed`: what `POST /v1/claims` takes. */
      clearance: z.optional(z.string()),
    }),
  },
  refusals: ['unknown-challenge', 'challenge-expired', 'try-again'],
});

export const attemptChallenge = defineRoute({
  operation: 'attemptChallenge',
  method: 'POST',
  path: '/v1/challenges/{challengeId}/attempts',
  level: 'device',
  summary: 'Answer a task. Sending the same answer again is harmless and gets the same outcome.',
  params,
  body: z.strictObject({ answer, trace: z.optional(trace) }),
  bodyLimit: 65_536,
  responses: {
    200: z.discriminatedUnion('status', [
      z.strictObject({ status: z.literal('passed'), clearance: z.string(), expiresAt: instant }),
      /** The answer was right, and one more is needed because nothing shows how it was found. */
      z.strictObject({ status: z.literal('continue'), attemptsLeft: z.int() }),
    ]),
  },
  refusals: [
    'unknown-challenge',
    'challenge-failed',
    'challenge-expired',
    'challenge-spent',
    'task-replaced',
    'slow-down',
    'try-again',
  ],
});

export const extendChallenge = defineRoute({
  operation: 'extendChallenge',
  method: 'POST',
  path: '/v1/challenges/{challengeId}/extension',
  level: 'device',
  summary: 'Ask for more time, once: for the sounds, or for whatever reason. Asking again is harmless.',
  params,
  responses: { 200: z.strictObject({ expiresAt: instant, heldUntil: z.optional(instant) }) },
  refusals: ['unknown-challenge', 'challenge-expired', 'challenge-spent', 'try-again'],
});

export const askPerson = defineRoute({
  operation: 'askPerson',
  method: 'POST',
  path: '/v1/challenges/{challengeId}/person',
  level: 'device',
  summary:
    'Ask that a person looks instead of solving anything. The challenge can still be solved meanwhile.',
  params,
  responses: { 202: z.strictObject({ status: z.literal('waiting'), askedAt: instant }) },
  refusals: ['unknown-challenge', 'challenge-spent', 'try-again'],
});

const waitingDriver = z.strictObject({
  driverId: z.string(),
  challengeId,
  blockId,
  askedAt: instant,
  /** Why the claim was challenged: stable codes. */
  reasons: z.array(z.string()),
});

export const listWaiting = defineRoute({
  operation: 'listWaiting',
  method: 'GET',
  path: '/v1/operator/challenges',
  level: 'analyst',
  summary: 'Drivers who asked for a person instead of a puzzle, oldest first.',
  query: z.strictObject({ cursor: z.optional(z.string().check(z.maxLength(128))) }),
  responses: { 200: z.strictObject({ waiting: z.array(waitingDriver), cursor: z.optional(z.string()) }) },
  refusals: [],
});

export const passChallenge = defineRoute({
  operation: 'passChallenge',
  method: 'POST',
  path: '/v1/operator/drivers/{driverId}/challenges/{challengeId}/passes',
  level: 'analyst',
  summary: 'A person has spoken with the driver: the challenge counts as passed.',
  params: z.strictObject({ driverId: z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/)), challengeId }),
  body: z.strictObject({ rationale: z.string().check(z.minLength(10), z.maxLength(1_000)) }),
  responses: { 201: z.strictObject({ challengeId, state: challengeState }) },
  refusals: ['unknown-challenge', 'try-again'],
});
