import type { furtherProblems } from './further-problems.ts';
import type { peopleProblems } from './people-problems.ts';

export interface Problem {
  status: number;
  title: string;
  /** What a person can do. */
  next: string;
}

/**
 * Refusals that a client can see, by their stable code (RFC 9457): those that a claim can meet. A code is never
 * renamed; texts may be improved.
 */
export const problems = {
  'invalid-request': {
    status: 400,
    title: 'The request is not valid.',
    next: 'Correct the fields named in `faults` and send it again.',
  },
  'invalid-offer-token': {
    status: 400,
    title: 'This offer was not issued here.',
    next: 'Load the list of offers again and claim from it.',
  },
  'sign-in-required': {
    status: 401,
    title: 'You are not signed in, or your sign-in is no longer valid.',
    next: 'Sign in again.',
  },
  'proof-invalid': {
    status: 401,
    title: 'The request was not proven to come from your phone.',
    next: 'Update the app and try again. If it stays, support can help you.',
  },
  use_dpop_nonce: {
    status: 401,
    title: 'The proof must answer our latest nonce.',
    next: 'Sign a new proof with the nonce from the DPoP-Nonce header and send the request again.',
  },
  'device-not-eligible': {
    status: 403,
    title: 'This phone cannot do that now. This says nothing about you.',
    next: 'Take one of the ways in `ways`.',
  },
  'clearance-invalid': {
    status: 403,
    title: 'This clearance does not belong to this claim.',
    next: 'Claim again without it.',
  },
  'account-restricted': {
    status: 403,
    title: 'This account is closed.',
    next: 'Appeal as the notice about it says.',
  },
  forbidden: {
    status: 403,
    title: 'Your account may not do this.',
    next: 'Sign in with an account that has the needed role.',
  },
  'edge-required': {
    status: 403,
    title: 'Requests are accepted through the public address only.',
    next: 'Use the address that /v1/configuration names.',
  },
  'not-found': { status: 404, title: 'There is nothing here.', next: 'Check the address.' },
  'method-not-allowed': {
    status: 405,
    title: 'This address does not take that method.',
    next: 'Use one of the methods in the Allow header.',
  },
  'block-taken': {
    status: 409,
    title: 'Another driver has this block, or is claiming it right now.',
    next: 'Choose another block. If this one shows up in the list again, you can claim it.',
  },
  'schedule-overlap': {
    status: 409,
    title: 'This block overlaps with one that you have.',
    next: 'Release the other block first, or choose another time.',
  },
  'weekly-hours-exceeded': {
    status: 409,
    title: 'With this block you would work more than the weekly limit.',
    next: 'Choose a shorter block or one in another week.',
  },
  'too-late': {
    status: 409,
    title: 'It is too late to release this block.',
    next: 'Contact the station if you cannot come.',
  },
  'not-yours': { status: 409, title: 'You do not have this block.', next: 'Look at your schedule.' },
  'offer-expired': {
    status: 410,
    title: 'This offer is out of date.',
    next: 'Load the list of offers again.',
  },
  'draw-closed': {
    status: 409,
    title: 'This draw is over.',
    next: 'See /v1/draws/{drawId}, or choose another block.',
  },
  'position-required': {
    status: 428,
    title: 'This block starts soon: please say where you are.',
    next: 'Claim again with `position`. It decides this claim and is not kept.',
  },
  'too-far': {
    status: 409,
    title: 'You are too far away for a block that starts this soon.',
    next: 'Choose a block that starts later.',
  },
  'offer-not-open': {
    status: 409,
    title: 'This offer has not opened yet.',
    next: 'Wait until it is in the list.',
  },
  'request-too-large': {
    status: 413,
    title: 'The request is too large.',
    next: 'Send less in one request.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The body has the wrong type.',
    next: 'Send JSON as application/json in UTF-8, and photos as image/jpeg or image/png.',
  },
  'challenge-required': {
    status: 428,
    title: 'Please show that a person makes this claim. It happens to everybody now and then.',
    next: 'Solve the `challenge` until `heldUntil`, then claim again with the clearance. Any of its ways will do.',
  },
  'selfie-required': {
    status: 428,
    title: 'Please show that it is you.',
    next: 'Take a selfie in the app, or choose the way without a face.',
  },
  'slow-down': {
    status: 429,
    title: 'Too many requests from here.',
    next: 'Wait as long as the Retry-After header says, then try again.',
  },
  'internal-error': {
    status: 500,
    title: 'Something failed on our side.',
    next: 'Try again in a minute. We have been told.',
  },
  'try-again': {
    status: 503,
    title: 'We could not finish this in time.',
    next: 'Send the same request again; it will not be done twice.',
  },
} as const satisfies Record<string, Problem>;

export type ProblemCode = keyof typeof problems | keyof typeof furtherProblems | keyof typeof peopleProblems;
