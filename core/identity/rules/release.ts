import { hash } from 'node:crypto';
import type { IdentityPolicy } from '#contract/identity-policy.ts';

/** What a driver agrees to before the first photo (BIPA section 15(b): purpose, processor, term, in writing). */
export interface Release {
  version: string;
  text: string;
  /** Of the text in UTF-8, hexadecimal: kept with the consent, so that it is known what was agreed to. */
  sha256: string;
}

/** Grows whenever the text changes in what it means. */
const releaseVersion = '2026-11';

const processors = {
  'aws-rekognition':
    'Amazon Web Services compares the photos for us with Amazon Rekognition, in the region that this service runs in.',
  'local-open-model':
    'This service compares the photos itself, with an open model on its own machine (development and self-hosting).',
} as const satisfies Record<IdentityPolicy['processor'], string>;

export const trainingSentence = ({ processor, trainingOverride }: IdentityPolicy): string => {
  if (processor === 'local-open-model') return 'No image leaves this machine, so nobody can train on it.';
  return trainingOverride
    ? `Images may be used to improve the service: ${trainingOverride.signedBy} accepted that on ${trainingOverride.signedOn}.`
    : 'Our organisation opted out of any use of images to improve the service; without that, no face is compared.';
};

export const releaseOf = (policy: IdentityPolicy): Release => {
  const { schedule, retention, processor } = policy;
  const text = [
    'Photos of your face, to see who drives',
    'Purpose. We compare a selfie with two or three reference photos of yours, so that nobody else drives under your name. We do nothing else with them: no search among other people, no guess at age, sex or mood.',
    `Who compares. ${processors[processor]} ${trainingSentence(policy)}`,
    `How often. At check-in, by chance or on a phone of yours that is new to us; at most ${schedule.mostPerDay} in a day and ${schedule.mostPerWeek} in a week. A selfie that did not match never makes the next one come sooner.`,
    `How long. Reference photos for ${retention.referenceDays} days, or until you erase them, leave, or your account ends. A selfie is deleted right after it was compared; only if a person has to look, within ${retention.selfieHours} hours. The outcome stays without the photo.`,
    'Without a face. You need not agree. A code from the staff of the station, a person on video, or a document are as good, with the same offers and the same chances.',
    'Taking it back. At any time, in the app or with DELETE /v1/identity. Your key is destroyed at once, the photos are erased within 24 hours, and you get a signed receipt.',
  ].join('\n\n');
  return { version: releaseVersion, text, sha256: hash('sha256', text) };
};
