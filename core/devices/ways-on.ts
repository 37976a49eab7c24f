import type { WayOn } from '#contract/devices.ts';
import type { Friction } from './device.ts';

const anotherPhone = {
  way: 'another-phone',
  text: 'Use another phone: enrol it and approve it from this one. A phone that could claim is replaced after a waiting time.',
};
const hardwareKey = {
  way: 'hardware-backed-key',
  text: 'Use this phone with its original, locked system and current updates, then enrol it again: its security chip vouches for it then.',
};
const person = {
  way: 'person',
  text: 'Show this phone to a person at your station or in support. They can approve it.',
};
const wait = {
  way: 'wait',
  text: 'Wait until the time in `claimsFrom`. Your earlier phone claims until then.',
};
const approveIt = {
  way: 'approve',
  text: 'Approve this phone from the one that you used so far: it is in its list of phones.',
};
const enrolAgain = { way: 'enrol-again', text: 'Enrol this phone again in the app: it takes a minute.' };

/** Nobody is left without a way, and no way says that somebody did wrong. */
const waysBy: Record<Friction | 'not-enrolled' | 'not-verified', readonly WayOn[]> = {
  'cooling-off': [wait, person],
  'pending-approval': [approveIt, person],
  suspended: [anotherPhone, hardwareKey, person],
  'not-trusted': [anotherPhone, hardwareKey, person],
  'human-check': [person, hardwareKey, anotherPhone],
  'attestation-old': [enrolAgain, person],
  'not-enrolled': [enrolAgain],
  'not-verified': [anotherPhone, hardwareKey, person],
};

export const waysOn = (cause: keyof typeof waysBy): WayOn[] => [...waysBy[cause]];
