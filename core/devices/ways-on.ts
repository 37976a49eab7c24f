import type { WayOn } from '#contract/devices.ts';
import type { Friction } from './device.ts';

const anotherPhone = {
  way: 'another-phone',
  text: 'Use another phone: enrol it in the app and approve it from this one.',
};
const anotherPhoneByPerson = {
  way: 'another-phone',
  text: 'Use another phone: enrol it in the app, and let a person at your station or in support approve it.',
};
const hardwareKey = {
  way: 'hardware-backed-key',
  text: 'Use a phone with its original, locked, updated system: its security chip vouches for it when you enrol it.',
};
const person = {
  way: 'person',
  text: 'Show this phone to a person at your station or in support. They can let it claim.',
};
const personForAnother = {
  way: 'person',
  text: 'Ask a person at your station or in support: they approve another phone, and it claims at once.',
};
const wait = {
  way: 'wait',
  text: 'Wait until the time in `claimsFrom`. If another phone of yours claims now, it goes on until then.',
};
const approveIt = {
  way: 'approve',
  text: 'Approve this phone from the one that you used so far, in its list of phones.',
};
const enrolAgain = { way: 'enrol-again', text: 'Enrol this phone in the app: it takes a minute.' };
const renew = {
  way: 'renew',
  text: 'Let the app make a new key, enrol it and approve it from this phone. You can claim while it waits.',
};
const maker = {
  way: 'maker',
  text: "Ask the phone's maker for an update: when its key is off their list, this phone works again by itself.",
};

const otherTask = {
  way: 'other-task',
  text: 'Go on without it: when a claim asks for more, solve the short task, or ask for a person.',
};

/** Nobody is left without a way, and no way says that somebody did wrong. */
const waysBy: Record<
  Friction | 'not-enrolled' | 'not-verified' | 'not-the-claimer' | 'no-unlock',
  readonly WayOn[]
> = {
  'cooling-off': [wait],
  'pending-approval': [approveIt, person],
  suspended: [anotherPhoneByPerson, maker, personForAnother],
  'not-trusted': [anotherPhone, hardwareKey, person],
  'human-check': [person, hardwareKey, anotherPhone],
  'attestation-old': [renew, person],
  'not-enrolled': [enrolAgain],
  'not-the-claimer': [approveIt, personForAnother],
  'not-verified': [anotherPhoneByPerson, hardwareKey, person],
  'no-unlock': [otherTask, anotherPhone, hardwareKey],
};

export const waysOn = (cause: keyof typeof waysBy): WayOn[] => [...waysBy[cause]];
