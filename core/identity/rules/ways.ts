import type { Faceless } from '#contract/identity.ts';

export interface Way {
  way: string;
  text: string;
}

const faceless: Record<Faceless, string> = {
  'staff-code': 'Show a document to the staff of the station and type in the code that they give you.',
  video: 'Talk to a person on video: support calls you. The block stays yours meanwhile.',
  document: 'Show a document to a person. The block stays yours meanwhile.',
};

/** What a driver hears who chose one. */
export const facelessText = (way: Faceless): string => faceless[way];

const facelessWays: readonly Way[] = Object.entries(faceless).map(([way, text]) => ({ way, text }));

const withFace: Record<'selfie' | 'movement', Way> = {
  selfie: { way: 'selfie', text: 'Take a selfie; it is compared with your own photos and deleted.' },
  movement: { way: 'movement', text: 'Follow the app’s movements with your head.' },
};

/** The ways that are open, the ones without a face first. */
export const waysOpen = (open: { selfie: boolean; movement: boolean }): Way[] => [
  ...facelessWays,
  ...(open.selfie ? [withFace.selfie] : []),
  ...(open.movement ? [withFace.movement] : []),
];
