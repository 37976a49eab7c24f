import { need, refuse, verdictOf } from '../../attestation/verdict.ts';
import { readJpeg } from './read-jpeg.ts';
import { readPng, startsLikePng } from './read-png.ts';
import type { ImageLimits, ImageRefusal, ImageRefusalReason, SelfieImage } from './selfie-image.ts';
import { startsLikeJpeg } from './walk-jpeg.ts';

/**
 * A photo as a driver sent it, by its structure and not by its name; or why it is none. Whatever identifies a phone or a
 * place is gone from the bytes that come back. Never throws, takes time by the bytes and memory by the limits; pixels
 * of a JPEG are not decoded, so whether its data make sense, the service that compares it says.
 */
export const readSelfie = (bytes: Buffer, limits: ImageLimits): SelfieImage | ImageRefusal => {
  const verdict = verdictOf<SelfieImage, ImageRefusalReason>(() => {
    need(bytes.length > 0, 'empty');
    need(bytes.length <= limits.mostBytes, 'too-many-bytes');
    if (startsLikeJpeg(bytes, 0)) return readJpeg(bytes, limits);
    if (startsLikePng(bytes)) return readPng(bytes, limits);
    return refuse('not-jpeg-or-png');
  });
  return verdict.status === 'verified' ? verdict.facts : verdict;
};
