import type { Problem } from './problems.ts';

/** Refusals about people: who drives, who is judged, and who judges. Apart, so that a claim does not carry their texts. */
export const peopleProblems = {
  'unknown-check': {
    status: 404,
    title: 'You have no such check.',
    next: 'Check in again.',
  },
  'unknown-session': {
    status: 404,
    title: 'This session is over, or it is not yours.',
    next: 'Start a new one.',
  },
  'consent-required': {
    status: 409,
    title: 'Photos are taken in only after you agreed.',
    next: 'Agree to the release at /v1/identity, or take one of the ways in `ways`.',
  },
  'release-outdated': {
    status: 409,
    title: 'Another release holds now.',
    next: 'Read the release at /v1/identity.',
  },
  'erasure-pending': {
    status: 409,
    title: 'An erasure that you asked for is not finished.',
    next: 'Try again in a minute, or take one of the ways in `ways`.',
  },
  'face-checks-off': {
    status: 409,
    title: 'Faces are not compared here now.',
    next: 'Take one of the ways in `ways`.',
  },
  'movement-required': {
    status: 409,
    title: 'The first photo is taken while you move.',
    next: 'Open a liveness session, or take one of the ways in `ways`.',
  },
  'movement-unavailable': {
    status: 409,
    title: 'There is no liveness component here.',
    next: 'Take one of the ways in `ways`.',
  },
  'session-pending': {
    status: 409,
    title: 'The session is not finished.',
    next: 'Finish it in the app.',
  },
  'references-complete': {
    status: 409,
    title: 'No more reference photos are kept.',
    next: 'Erase them at /v1/identity to start again.',
  },
  'reference-required': {
    status: 409,
    title: 'There is no photo of yours to compare with.',
    next: 'Add one at /v1/identity/references, or take one of the ways in `ways`.',
  },
  'check-settled': {
    status: 409,
    title: 'This check is settled, or a person has it now.',
    next: 'Check in again.',
  },
  'image-used-before': {
    status: 409,
    title: 'This photo was sent before.',
    next: 'Take a new one.',
  },
  'wrong-device': {
    status: 409,
    title: 'This block was claimed on another phone of yours.',
    next: 'Use that phone, or contact the station. The block stays yours.',
  },
  'too-early': {
    status: 409,
    title: 'It is too early to check in.',
    next: 'Come back at `opensAt`.',
  },
  'check-in-over': {
    status: 409,
    title: 'It is too late to check in.',
    next: 'Contact the station.',
  },
  'not-at-station': {
    status: 409,
    title: 'Your phone is not at the station.',
    next: 'Check in there, or contact the station.',
  },
  'photo-gone': {
    status: 409,
    title: 'There is no photo to look at.',
    next: 'Decide without it.',
  },
  'verdict-given': {
    status: 409,
    title: 'You have given another verdict.',
    next: 'Yours stays as it is.',
  },
  'precision-unproven': {
    status: 409,
    title: 'Verdicts do not prove it precise.',
    next: 'Review more of its findings.',
  },
  'check-expired': {
    status: 410,
    title: 'The time for this check is over. This says nothing about you.',
    next: 'Check in again. The block stays yours.',
  },
  'image-refused': {
    status: 422,
    title: 'This is no photo that we can take. Nothing of it was kept.',
    next: '`faults` says why. Take a new one.',
  },
  'staff-code-invalid': {
    status: 422,
    title: 'This code does not hold.',
    next: 'Ask for a new one.',
  },
  'wrong-state': {
    status: 409,
    title: 'The case is not where this can be decided.',
    next: 'Load the case again: `actions` says what can be.',
  },
  'window-closed': {
    status: 409,
    title: 'The time for this is over, or it was done already.',
    next: 'Contact support: a person can still look at it.',
  },
  'warning-required': {
    status: 409,
    title: 'There is no warning that counts.',
    next: 'Warn first. A warning that expired or is appealed does not count.',
  },
  'reason-not-enforceable': {
    status: 409,
    title: 'This ground is not in force here yet.',
    next: 'Choose another one, or wait until it is.',
  },
  'four-eyes': {
    status: 403,
    title: 'Somebody else must approve this.',
    next: 'Ask an approver who did not propose it.',
  },
  'same-reviewer': {
    status: 403,
    title: 'You had a part in this decision.',
    next: 'Leave it to somebody who had none.',
  },
  'recent-sign-in-required': {
    status: 403,
    title: 'This needs a sign-in of the last minutes.',
    next: 'Sign in again with your new password, then repeat it.',
  },
  'reason-required': {
    status: 422,
    title: 'This decision needs a ground.',
    next: 'Choose one of `reasonCodes` of the case.',
  },
  'evidence-insufficient': {
    status: 422,
    title: 'The evidence does not bear this ground.',
    next: 'Choose another ground, or dismiss the case.',
  },
  'evidence-not-visible': {
    status: 422,
    title: 'What the driver may not see cannot be relied on.',
    next: 'Cite other evidence of the case.',
  },
} as const satisfies Record<string, Problem>;
