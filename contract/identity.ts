import * as z from 'zod/mini';
import { way } from './challenges.ts';
import { blockId, instant } from './primitives.ts';
import { defineRoute } from './route.ts';

/** The whole outcome of a look at a selfie: nothing else about a face leaves the identity capability. */
export const selfieResult = z.enum(['passed', 'retake', 'inconclusive']);
export type SelfieResult = z.infer<typeof selfieResult>;

/** `waiting`: for a person. `closed`: a person could not tell either; the ways without a face stay open. */
export const selfieCheckState = z.enum(['open', 'waiting', 'passed', 'closed']);
export type SelfieCheckState = z.infer<typeof selfieCheckState>;

const identifier = z.string().check(z.regex(/^[A-Za-z0-9_-]{22}$/));
/** Why, as a stable code with its plain words. */
export const plainReason = z.strictObject({ code: z.string(), text: z.string() });
export type PlainReason = z.infer<typeof plainReason>;
const image = { types: ['image/jpeg', 'image/png'] } as const;
/** What Rekognition takes as bytes. Lambda's own payload limit leaves 4.5 MB in an account: docs/identity.md. */
const imageLimit = 5 * 1024 * 1024;

export const selfieCheck = z.strictObject({
  checkId: identifier,
  state: selfieCheckState,
  /** Why it was asked for: `schedule`, `new-phone`, or `unasked`. */
  askedBy: z.string(),
  blockId: z.optional(blockId),
  createdAt: instant,
  expiresAt: instant,
  /** Photos that it still takes. */
  photosLeft: z.int(),
  /** Ways to show who drives, the ones without a face first. Each is as good as the others. */
  ways: z.array(way),
});
export type SelfieCheck = z.infer<typeof selfieCheck>;

const reference = z.strictObject({
  referenceId: identifier,
  addedAt: instant,
  expiresAt: instant,
  /** `photo`: one photo. `movement`: taken by the app's component while the driver moved. */
  takenBy: z.enum(['photo', 'movement']),
});

/** What is kept of a driver, why and until when, in plain words. */
export const keptRecord = z.strictObject({ what: z.string(), why: z.string(), until: z.string() });
export type KeptRecord = z.infer<typeof keptRecord>;

const scheduleView = z.strictObject({
  mostPerDay: z.int(),
  mostPerWeek: z.int(),
  /** Times asked in the last day and the last seven days, photos of one check not counted singly. */
  askedToday: z.int(),
  askedThisWeek: z.int(),
  /** By what it is decided whether a selfie is asked for, in plain words. */
  rules: z.array(z.string()),
});

export const identityView = z.strictObject({
  /** Whether faces are compared at all, and if not, why. */
  faceChecks: z.strictObject({
    state: z.enum(['on', 'off']),
    reason: z.optional(z.string()),
    /** Who compares, in plain words. */
    engine: z.string(),
    /** Whether images may teach the service anything, and who says so. */
    training: z.string(),
  }),
  release: z.strictObject({ version: z.string(), sha256: z.string(), text: z.string() }),
  consent: z.optional(z.strictObject({ version: z.string(), sha256: z.string(), givenAt: instant })),
  references: z.array(reference),
  referencesWanted: z.strictObject({ least: z.int(), most: z.int() }),
  schedule: scheduleView,
  stored: z.array(keptRecord),
  /** An erasure that has been asked for and is not finished. */
  erasure: z.optional(z.strictObject({ erasureId: identifier, requestedAt: instant })),
  ways: z.array(way),
});

export const getIdentity = defineRoute({
  operation: 'getIdentity',
  method: 'GET',
  path: '/v1/identity',
  level: 'device',
  summary: 'What is stored about who the driver is, why and until when, and how often selfies are asked for.',
  responses: { 200: identityView },
  refusals: ['try-again'],
});

export const putConsent = defineRoute({
  operation: 'putConsent',
  method: 'PUT',
  path: '/v1/identity/consent',
  level: 'device',
  summary: 'Agree to the release of `GET /v1/identity`. Nothing is lost by not agreeing.',
  body: z.strictObject({
    version: z.string().check(z.minLength(1), z.maxLength(40)),
    /** Of the text that was shown; refused when it is another one. */
    sha256: z.optional(z.string().check(z.regex(/^[0-9a-f]{64}$/))),
  }),
  bodyLimit: 1_024,
  responses: {
    200: z.strictObject({ version: z.string(), sha256: z.string(), givenAt: instant }),
  },
  refusals: ['release-outdated', 'face-checks-off', 'account-restricted', 'erasure-pending', 'try-again'],
});

const erasureAccepted = z.strictObject({
  erasureId: identifier,
  requestedAt: instant,
  /** Where the receipt will be. */
  receiptAt: z.literal('/v1/me/receipts'),
});

export const withdrawConsent = defineRoute({
  operation: 'withdrawConsent',
  method: 'DELETE',
  path: '/v1/identity/consent',
  level: 'device',
  summary:
    'Withdraw the consent. Photos become unreadable at once and are erased; the ways without a face stay.',
  responses: { 202: erasureAccepted },
  refusals: ['try-again'],
});

export const eraseIdentity = defineRoute({
  operation: 'eraseIdentity',
  method: 'DELETE',
  path: '/v1/identity',
  level: 'device',
  summary: 'Erase everything about the face. Sending it again changes nothing. A signed receipt follows.',
  responses: { 202: erasureAccepted },
  refusals: ['try-again'],
});

/** A photo that cannot be used. Nothing of it is kept and nothing is counted. */
const retake = z.strictObject({
  result: z.enum(['retake', 'inconclusive']),
  reasons: z.array(plainReason),
  otherWays: z.array(way),
});

export const addReference = defineRoute({
  operation: 'addReference',
  method: 'POST',
  path: '/v1/identity/references',
  level: 'device',
  summary: 'Add a reference photo: JPEG or PNG, at most 5 MB.',
  image,
  bodyLimit: imageLimit,
  responses: {
    201: z.strictObject({
      ...reference.shape,
      result: z.literal('passed'),
      references: z.int(),
      /** Whether more photos would help: two or three make wrong answers rarer. */
      wanted: z.boolean(),
    }),
    200: retake,
  },
  refusals: [
    'consent-required',
    'movement-required',
    'references-complete',
    'image-refused',
    'image-used-before',
    'face-checks-off',
    'slow-down',
    'try-again',
  ],
});

export const createSelfieCheck = defineRoute({
  operation: 'createSelfieCheck',
  method: 'POST',
  path: '/v1/selfie-checks',
  level: 'device',
  summary: 'The selfie check that is due, or a new one that nobody asked for.',
  body: z.strictObject({}),
  bodyOptional: true,
  bodyLimit: 1_024,
  responses: { 201: selfieCheck },
  refusals: ['slow-down', 'try-again'],
});

export const checkId = identifier;
export const getSelfieCheck = defineRoute({
  operation: 'getSelfieCheck',
  method: 'GET',
  path: '/v1/selfie-checks/{checkId}',
  level: 'device',
  summary: 'How a selfie check of the driver stands.',
  params: z.strictObject({ checkId }),
  responses: { 200: selfieCheck },
  refusals: ['unknown-check', 'try-again'],
});

/** How a photo, or a movement, was answered. */
export const selfieAnswer = z.strictObject({
  result: selfieResult,
  reasons: z.array(plainReason),
  otherWays: z.array(way),
  photosLeft: z.int(),
  /** With `inconclusive`: whether another photo, a movement, or a person decides next. */
  next: z.optional(z.enum(['another-photo', 'movement', 'person', 'other-way'])),
});
export type SelfieAnswer = z.infer<typeof selfieAnswer>;

export const sendSelfie = defineRoute({
  operation: 'sendSelfie',
  method: 'POST',
  path: '/v1/selfie-checks/{checkId}/image',
  level: 'device',
  summary: 'A selfie for a check: JPEG or PNG, at most 5 MB. Deleted right after it was compared.',
  params: z.strictObject({ checkId }),
  image,
  bodyLimit: imageLimit,
  responses: { 200: selfieAnswer },
  refusals: [
    'unknown-check',
    'check-settled',
    'check-expired',
    'consent-required',
    'reference-required',
    'wrong-device',
    'image-refused',
    'image-used-before',
    'face-checks-off',
    'slow-down',
    'try-again',
  ],
});

export const staffCode = z.string().check(z.regex(/^[0-9]{8}$/));
/** The ways without a face. */
export const faceless = z.enum(['staff-code', 'video', 'document']);
export type Faceless = z.infer<typeof faceless>;

export const chooseWay = defineRoute({
  operation: 'chooseWay',
  method: 'POST',
  path: '/v1/selfie-checks/{checkId}/alternative',
  level: 'device',
  summary:
    'Show who drives without a face: a code from the staff of the station, a person on video, or a document.',
  params: z.strictObject({ checkId }),
  body: z.strictObject({
    way: faceless,
    /** With `staff-code`: what the staff gave the driver. Without it, the answer says how to get one. */
    code: z.optional(staffCode),
  }),
  bodyLimit: 1_024,
  responses: {
    200: z.strictObject({
      state: selfieCheckState,
      way: faceless,
      /** What happens now, in plain words. */
      text: z.string(),
    }),
  },
  refusals: ['unknown-check', 'staff-code-invalid', 'slow-down', 'try-again'],
});
