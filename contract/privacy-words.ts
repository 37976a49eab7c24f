import type { KeptRecord } from './identity.ts';
import type { IdentityPolicy, SelfieSchedule } from './identity-policy.ts';

/**
 * What drivers are told about photos of their faces, made from the configuration that the service runs on: the same
 * words in the release, in the API, and on the public page.
 */

const processors = {
  'aws-rekognition':
    'Amazon Web Services compares the photos for us with Amazon Rekognition, in the region that this service runs in.',
  'local-open-model':
    'This service compares the photos itself, with an open model on its own machine (development and self-hosting).',
} as const satisfies Record<IdentityPolicy['processor'], string>;

/** Whether images may teach the service anything. */
export const trainingSentence = ({ processor, trainingOverride }: IdentityPolicy): string => {
  if (processor === 'local-open-model') return 'No image leaves this machine, so nobody can train on it.';
  return trainingOverride
    ? `Images may be used to improve the service: ${trainingOverride.signedBy} accepted that on ${trainingOverride.signedOn}.`
    : 'Our organisation opted out of any use of images to improve the service; without that, no face is compared.';
};

const times = (count: number) => (count === 1 ? 'once' : `${count} times`);

/** By what it is decided whether a selfie is asked for. */
export const scheduleRules = (schedule: SelfieSchedule): string[] => [
  `Asked at check-in only, at most ${times(schedule.mostPerDay)} a day and ${times(schedule.mostPerWeek)} in seven days.`,
  `Of the check-ins below that, ${Math.round(schedule.share * 100)} in 100 ask, drawn by chance.`,
  ...(schedule.newPhones ? ['The first check-in on a phone that is new to us asks.'] : []),
  'How earlier checks ended changes nothing, nor does taking a way without a face.',
];

/** What is kept about a face and around it, why and until when. */
export const retentionOf = ({ retention }: IdentityPolicy, recordRetentionDays: number): KeptRecord[] => [
  {
    what: 'Reference photos, encrypted under a key of your own',
    why: 'to compare selfies with',
    until: `${retention.referenceDays} days after each was taken; at once when you withdraw your consent, leave, or your account ends`,
  },
  {
    what: 'Selfies',
    why: 'to compare them once',
    until: `deleted right after; when a person has to look, within ${retention.selfieHours} hours`,
  },
  {
    what: 'When you were asked and how each check ended, without the photo',
    why: 'to answer for decisions about your blocks, and to keep the limits on asking',
    until: `${recordRetentionDays} days`,
  },
  {
    what: 'That you agreed, when, and to which text',
    why: 'the law asks for proof of consent',
    until: `${recordRetentionDays} days after it ended`,
  },
  {
    what: 'Who looked at a photo of yours, when and why',
    why: 'to answer for every look',
    until: `${recordRetentionDays} days`,
  },
];

/** The first part of the name of a release; the rest follows from its text. */
export const releaseEdition = '2026-11';

/** What a driver agrees to before the first photo (BIPA section 15(b): purpose, processor, term, in writing). */
export const releaseText = (policy: IdentityPolicy): string => {
  const { schedule, retention, processor } = policy;
  return [
    'Photos of your face, to see who drives',
    'Purpose. We compare a selfie with two or three reference photos of yours, so that nobody else drives under your name. We do nothing else with them: no search among other people, no guess at age, sex or mood.',
    `Who compares. ${processors[processor]} ${trainingSentence(policy)}`,
    `How often. At check-in, by chance or on a phone of yours that is new to us; at most ${times(schedule.mostPerDay)} a day and ${times(schedule.mostPerWeek)} in seven days. A selfie that did not match never makes the next one come sooner.`,
    `How long. Reference photos for ${retention.referenceDays} days, or until you erase them, leave, or your account ends. A selfie is deleted right after it was compared; only if a person has to look, within ${retention.selfieHours} hours. The outcome stays without the photo.`,
    'Without a face. You need not agree. A code from the staff of the station, a person on video, or a document are as good, with the same offers and the same chances.',
    'Taking it back. At any time, in the app or with DELETE /v1/identity. Your key is destroyed at once, the photos are erased within 24 hours, and you get a signed receipt.',
  ].join('\n\n');
};
