import { createHash } from 'node:crypto';
import type { Face, FaceEngine } from './engine.ts';
import type { Image } from './image.ts';

/** So long, and so many pictures, what was found in a picture is known: as long as one check takes. */
const lifetimeMs = 5_000;
const mostPictures = 6;

/**
 * The same engine, that looks at a picture once: a selfie is looked at for itself and then beside each reference, one
 * request after the other. A timer forgets, so that nothing of a face stays in memory.
 */
export function rememberRecent(engine: FaceEngine): FaceEngine {
  const pictures = new Map<string, Promise<Face[]>>();
  const descriptions = new WeakMap<Face, Promise<Float32Array>>();
  const findFaces = (image: Image): Promise<Face[]> => {
    const key = createHash('sha256').update(`${image.width}|`).update(image.data).digest('base64');
    const known = pictures.get(key);
    if (known) return known;
    const found = engine.findFaces(image);
    pictures.set(key, found);
    const forget = () => pictures.delete(key);
    found.catch(forget);
    setTimeout(forget, lifetimeMs).unref();
    if (pictures.size > mostPictures) pictures.delete(pictures.keys().next().value ?? '');
    return found;
  };
  return {
    ...engine,
    findFaces,
    describe: (face) => {
      const description = descriptions.get(face) ?? engine.describe(face);
      descriptions.set(face, description);
      return description;
    },
  };
}
