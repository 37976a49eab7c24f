import { type ImageRefusalReason, imageRefusalTexts } from '#core/identity/images/selfie-image.ts';
import type { RetakeReason } from '#core/identity/rules/gate.ts';
import type { Ending } from './ending.ts';

/** What a case may end as: passed, asked for again for one of the reasons, or refused as no photo. */
interface Expectation {
  passes?: true;
  /** At least one of these is among the reasons given. */
  retake?: readonly RetakeReason[];
  refused?: true;
  /** Whatever face matching says; what is looked for is in the other answers. */
  matches?: true;
}

const quality: readonly RetakeReason[] = [
  'no-face',
  'unclear-face',
  'face-cut-off',
  'blurred',
  'too-dark',
  'too-bright',
  'turned-away',
  'face-covered',
  'sunglasses',
  'eyes-closed',
];

export const expectations: Readonly<Record<string, Expectation>> = {
  ACCEPT: { passes: true },
  ACCEPT_OR_LOW_SHARPNESS: { passes: true, retake: ['blurred', 'unclear-face', 'no-face'] },
  ACCEPT_OR_LOW_BRIGHTNESS: { passes: true, retake: ['too-dark', 'unclear-face', 'no-face'] },
  ACCEPT_OR_QUALITY: { passes: true, retake: quality },
  ACCEPT_OR_MULTIPLE: { passes: true, retake: ['several-faces'] },
  ACCEPT_OR_NO_FACE: { passes: true, retake: ['no-face', 'unclear-face'] },
  REJECT_QUALITY: { retake: quality },
  REJECT_SIZE: { retake: ['face-too-small', 'no-face', 'unclear-face'] },
  NO_FACE: { retake: ['no-face', 'unclear-face'] },
  MULTIPLE_FACES: { retake: ['several-faces'] },
  INVALID_IMAGE: { refused: true },
  INVALID_FORMAT: { refused: true },
  ATTACK: { matches: true },
};

const isRefusalOfImages = ({ status, reasons: [code, reason] }: Ending) =>
  status >= 400 &&
  status < 500 &&
  (code === 'unsupported-media-type' ||
    (code === 'image-refused' && Object.hasOwn(imageRefusalTexts, reason as ImageRefusalReason)));

/** Whether a case ended as expected. `unknown`: nobody wrote down here what that word asks for. */
export const judge = (expected: string, ending: Ending): boolean | 'unknown' => {
  const expectation = expectations[expected];
  if (!expectation) return 'unknown';
  const { result, reasons } = ending;
  if (reasons.includes('service-unavailable')) return false;
  if (result === 'passed') return Boolean(expectation.passes || expectation.matches);
  if (result === 'retake')
    return Boolean(
      expectation.matches || expectation.retake?.some((reason) => (reasons as string[]).includes(reason)),
    );
  if (result === 'refused') return expectation.refused === true && isRefusalOfImages(ending);
  return expectation.matches === true;
};

/** Whether somebody who is not the driver was kept out: looked at, and not taken for the driver. */
export const isKeptOut = ({ result, reasons }: Ending): boolean =>
  (result === 'inconclusive' || result === 'retake') && !reasons.includes('service-unavailable');
