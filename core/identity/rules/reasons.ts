import type { PlainReason } from '#contract/identity.ts';
import type { RetakeReason } from './gate.ts';

/** Why a look at a photo ended as it did. No reason tells how like two faces were. */
export type SelfieReason =
  | RetakeReason
  | 'not-confirmed'
  | 'service-unavailable'
  | 'movement-not-finished'
  | 'a-person-looks';

const words: Record<SelfieReason, string> = {
  'no-face': 'We saw no face. Hold the phone in front of you, upright.',
  'several-faces': 'We saw several faces. Take the photo alone.',
  'unclear-face': 'We could not see the face clearly. Try another place.',
  'face-too-small': 'The face is too small. Come closer.',
  'face-cut-off': 'Part of the face is outside of the picture. Hold the phone further away.',
  blurred: 'The photo is blurred. Wipe the lens and hold still.',
  'too-dark': 'It is too dark. Turn towards a light.',
  'too-bright': 'It is too bright. Turn away from the light.',
  'turned-away': 'Look straight at the phone.',
  'face-covered': 'Something covers the face. If you cannot take it off, choose a way without a face.',
  sunglasses: 'Please take the sunglasses off, or choose a way without a face.',
  'eyes-closed': 'Your eyes were closed.',
  'not-confirmed': 'We could not tell from this photo. That says nothing about you.',
  'service-unavailable': 'The service that compares photos does not answer. That is not your fault.',
  'movement-not-finished': 'The movement could not be followed. Try again, or choose another way.',
  'a-person-looks': 'A person will look at it. You need not wait for that: every other way is open.',
};

export const inWords = (codes: readonly SelfieReason[]): PlainReason[] =>
  codes.map((code) => ({ code, text: words[code] }));
