import { need } from '../../attestation/verdict.ts';

/** A picture that a driver sent, as far as it may be stored, compared and shown. */
export interface SelfieImage {
  status: 'image';
  type: 'image/jpeg' | 'image/png';
  /** In pixels, as stored: before the orientation is applied. */
  width: number;
  height: number;
  /** As EXIF numbers them (TIFF 6.0, tag 274): 1 is upright. */
  orientation: number;
  /** The picture and nothing else: written anew from the parts that pixels need. */
  bytes: Buffer;
}

/** Why a picture is refused, and what the driver is told to do. */
export const imageRefusalTexts = {
  empty: 'The file is empty. Take the photo again.',
  'not-jpeg-or-png': 'The file is no JPEG or PNG photo. Take it with the camera of the app.',
  'too-many-bytes': 'The file is larger than 5 MB. Send a smaller photo.',
  'too-many-pixels': 'The photo has too many pixels. Send a smaller one.',
  'too-small': 'The photo is too small. Each side needs at least 80 pixels.',
  damaged: 'The file is incomplete or damaged. Take the photo again.',
  'not-only-an-image':
    'The file holds more than a photo, such as a video. Turn off motion photos and take the photo again.',
} as const;

export type ImageRefusalReason = keyof typeof imageRefusalTexts;

export interface ImageRefusal {
  status: 'refused';
  reason: ImageRefusalReason;
}

export interface ImageLimits {
  mostBytes: number;
  mostPixels: number;
  /** In pixels. */
  longestSide: number;
  shortestSide: number;
  /** Of what the data of a PNG unpack to: reading takes so much memory at once, and no more. */
  mostUnpackedBytes: number;
}

/**
 * Rekognition takes 5 MB, and at least 80 px a side. 16 million pixels are what a reviewer can be shown, and twelve times
 * what the app sends; 64 MiB hold them as RGBA.
 */
export const selfieLimits: ImageLimits = {
  mostBytes: 5 * 1024 * 1024,
  mostPixels: 16_000_000,
  longestSide: 12_000,
  shortestSide: 80,
  mostUnpackedBytes: 64 * 1024 * 1024,
};

/** Before anything is unpacked or made for the size that a header claims. */
export const needSize = (width: number, height: number, limits: ImageLimits) => {
  need(
    Math.max(width, height) <= limits.longestSide && width * height <= limits.mostPixels,
    'too-many-pixels',
  );
  need(Math.min(width, height) >= limits.shortestSide, 'too-small');
};
