import { exifWith } from './exif.ts';
import { markers } from './jpeg-segments.ts';
import { needHarmlessTrailer } from './jpeg-trailer.ts';
import { type ImageLimits, needSize, type SelfieImage } from './selfie-image.ts';
import { segment, walkJpeg } from './walk-jpeg.ts';

const jfif = segment(markers.app0, Buffer.from('4a46494600010100000100010000', 'hex'));

const adobe = (transform: number) =>
  segment(markers.app14, Buffer.concat([Buffer.from('Adobe'), Buffer.from([0, 100, 0, 0, 0, 0, transform])]));

const exif = (orientation: number) =>
  segment(markers.app1, Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), exifWith(orientation)]));

/**
 * A JPEG written anew: the two segments that say which colours the components are, with nothing of the sender's in
 * them, then tables, frame and scans byte for byte. Colour profiles go too: they name the device, take up to megabytes,
 * and their absence shifts colours by less than the light in a room does; print colours need only Adobe's byte.
 */
export const readJpeg = (bytes: Buffer, limits: ImageLimits): SelfieImage => {
  const walk = walkJpeg(bytes, 0, (width, height) => needSize(width, height, limits));
  needHarmlessTrailer(bytes, walk.end, walk.declaresMore);
  const { orientation } = walk;
  const { width, height } = walk.frame;
  const clean = Buffer.concat([
    Buffer.from([0xff, markers.start]),
    ...(walk.hasJfif ? [jfif] : []),
    ...(orientation === 1 ? [] : [exif(orientation)]),
    ...(walk.adobeTransform === undefined ? [] : [adobe(walk.adobeTransform)]),
    ...walk.parts,
    Buffer.from([0xff, markers.end]),
  ]);
  return { status: 'image', type: 'image/jpeg', width, height, orientation, bytes: clean };
};
