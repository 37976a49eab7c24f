import sharp from 'sharp';

/** Interleaved red, green and blue, a byte each, upright. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export type Decoded =
  | { readonly status: 'decoded'; readonly image: Image; readonly orientation: number }
  | { readonly status: 'not-jpeg-or-png' | 'damaged' | 'too-many-bytes' | 'too-many-pixels' | 'too-small' };

/** Rekognition's limits: https://docs.aws.amazon.com/rekognition/latest/dg/limits.html */
export const [maxImageBytes, maxObjectBytes] = [5 * 1024 * 1024, 15 * 1024 * 1024];
const minSidePixels = 80;
/** Ours: what a decoder may be asked to unpack line by line, and what it must hold as a whole. */
const [maxPixels, maxPixelsAtOnce] = [50_000_000, 16_000_000];
/** Larger pictures are worked on at this size: a face of a fifth of the width still has 320 pixels. */
const longestSidePixels = 1600;

// Nothing is seen twice, and one image at a time leaves the other core to the networks.
sharp.cache(false);
sharp.concurrency(1);

const isJpeg = (bytes: Uint8Array) => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
const pngSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const isPng = (bytes: Uint8Array) => pngSignature.every((byte, at) => bytes[at] === byte);

/** `orientation` is what EXIF said, from 1 to 8; the image is upright already. */
export async function decodeImage(bytes: Uint8Array, maxBytes: number = maxImageBytes): Promise<Decoded> {
  if (bytes.length > maxBytes) return { status: 'too-many-bytes' };
  if (!isJpeg(bytes) && !isPng(bytes)) return { status: 'not-jpeg-or-png' };
  try {
    // The header alone: a bomb is refused before anything is unpacked.
    const { width, height, orientation, isProgressive } = await sharp(bytes, {
      limitInputPixels: false,
    }).metadata();
    if (width * height > (isProgressive ? maxPixelsAtOnce : maxPixels)) return { status: 'too-many-pixels' };
    if (Math.min(width, height) < minSidePixels) return { status: 'too-small' };
    const { data, info } = await sharp(bytes, {
      limitInputPixels: maxPixels,
      failOn: 'error',
      sequentialRead: true,
    })
      .resize(longestSidePixels, longestSidePixels, { fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#000' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const image = { width: info.width, height: info.height, data: threeChannels(data, info.channels) };
    // After shrinking: to turn a picture of full size the decoder would hold all of it.
    return { status: 'decoded', image: turnUpright(image, orientation ?? 1), orientation: orientation ?? 1 };
  } catch {
    return { status: 'damaged' };
  }
}

function threeChannels(data: Uint8Array, channels: number): Uint8Array {
  if (channels === 3) return data;
  const turned = new Uint8Array((data.length / channels) * 3);
  for (let from = 0, to = 0; from < data.length; from += channels)
    for (let c = 0; c < 3; c += 1) turned[to++] = data[from + (channels > 3 ? c : 0)] ?? 0;
  return turned;
}

/** EXIF orientation 1 to 8: which way rows and columns run. */
export function turnUpright(image: Image, orientation: number): Image {
  if (orientation < 2 || orientation > 8) return image;
  const swapped = orientation >= 5;
  const width = swapped ? image.height : image.width;
  const height = swapped ? image.width : image.height;
  const [flipX, flipY] = [[2, 3, 7, 8].includes(orientation), [3, 4, 6, 7].includes(orientation)];
  const data = new Uint8Array(image.data.length);
  for (let y = 0, to = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1, to += 3) {
      const [sx, sy] = swapped ? [y, x] : [x, y];
      const column = flipX ? image.width - 1 - sx : sx;
      const row = flipY ? image.height - 1 - sy : sy;
      const from = (row * image.width + column) * 3;
      for (let c = 0; c < 3; c += 1) data[to + c] = image.data[from + c] ?? 0;
    }
  return { width, height, data };
}

/** Smaller or larger, to fit into a square of that side. */
export async function fitInto(image: Image, side: number): Promise<Image> {
  const { data, info } = await sharp(image.data, {
    raw: { width: image.width, height: image.height, channels: 3 },
  })
    .resize(side, side, { fit: 'inside', kernel: 'cubic' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

/** Channels-first and normalised; what is beyond the picture is black. `size` is the side of the square. */
export function toTensor(
  images: readonly Image[],
  size: number,
  mean: readonly [number, number, number],
): Float32Array {
  const area = size * size;
  const values = new Float32Array(images.length * 3 * area);
  images.forEach(({ width, height, data }, index) => {
    for (let channel = 0; channel < 3; channel += 1) {
      const start = (index * 3 + channel) * area;
      const subtracted = mean[channel] ?? 0;
      if (width < size || height < size) values.fill(-subtracted / 255, start, start + area);
      for (let y = 0; y < height; y += 1)
        for (let x = 0; x < width; x += 1)
          values[start + y * size + x] = ((data[(y * width + x) * 3 + channel] ?? 0) - subtracted) / 255;
    }
  });
  return values;
}

export function mirror({ width, height, data }: Image): Image {
  const turned = new Uint8Array(data.length);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1)
      for (let c = 0; c < 3; c += 1)
        turned[(y * width + x) * 3 + c] = data[(y * width + width - 1 - x) * 3 + c] ?? 0;
  return { width, height, data: turned };
}

/** Luma of Rec. 601, 0 to 255. */
export function toLuma({ data }: Image): Float32Array {
  const luma = new Float32Array(data.length / 3);
  for (let i = 0; i < luma.length; i += 1)
    luma[i] = 0.299 * (data[3 * i] ?? 0) + 0.587 * (data[3 * i + 1] ?? 0) + 0.114 * (data[3 * i + 2] ?? 0);
  return luma;
}
