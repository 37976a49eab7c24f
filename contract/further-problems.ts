import type { Problem } from './problems.ts';

/** Refusals that no claim meets: of publishing, phones, puzzles and draws. Functions that use them add them as they start. */
export const furtherProblems = {
  'unknown-station': { status: 404, title: 'This station does not exist.', next: 'Choose another station.' },
  'unknown-device': { status: 404, title: 'You have no such phone.', next: 'Look at your list of phones.' },
  'unknown-challenge': {
    status: 404,
    title: 'You have no such challenge on this phone.',
    next: 'Claim again: if a challenge is needed, the answer brings it.',
  },
  'request-key-reused': {
    status: 409,
    title: 'This request key was used for other blocks.',
    next: 'Send other blocks under a key of their own.',
  },
  'device-key-in-use': {
    status: 409,
    title: 'A key of this phone was enrolled before, by you or by somebody else.',
    next: 'Let the app make new keys and start again. If it stays, support can help you.',
  },
  'device-not-pending': {
    status: 409,
    title: 'This phone does not wait for approval.',
    next: 'Look at your list of phones.',
  },
  'too-many-device-changes': {
    status: 409,
    title: 'You have changed phones too often lately.',
    next: 'Keep using your current phone. If it is lost, support can help you.',
  },
  'challenge-spent': {
    status: 409,
    title: 'This challenge was passed already.',
    next: 'Claim with the clearance that it gave.',
  },
  'task-replaced': {
    status: 409,
    title: 'This task was replaced by a newer one. Nothing is lost.',
    next: 'Load the challenge again and solve the task that it shows.',
  },
  'challenge-invalid': {
    status: 410,
    title: 'The challenge is not valid any more.',
    next: 'Ask for a new challenge and start again.',
  },
  'challenge-expired': {
    status: 410,
    title: 'The time for this challenge is over. This says nothing about you.',
    next: 'Claim again if the block is still in the list.',
  },
  'attestation-rejected': {
    status: 422,
    title: 'We could not verify this phone. This says nothing about you.',
    next: 'Take one of the ways in `ways`.',
  },
  'challenge-failed': {
    status: 422,
    title: 'That was not it. This is no strike, and nothing is held against you.',
    next: 'Try again, or take one of the ways in `otherWays`.',
  },
  'outcome-unknown': {
    status: 503,
    title: 'We do not know whether this was published.',
    next: 'Look at the offers of the station first. With a requestKey the same request can simply be sent again.',
  },
  'unknown-draw': { status: 404, title: 'There is no such draw.', next: 'Load the list of offers again.' },
  'draw-open': {
    status: 409,
    title: 'This draw is not over.',
    next: 'Ask again when it is drawn.',
  },
} as const satisfies Record<string, Problem>;
