import type { PhotoGate } from '#contract/identity-policy.ts';

/** One face as Rekognition's DetectFaces tells it. Box in parts of the picture's sides, the rest in percent or degrees. */
export interface SeenFace {
  confidence: number;
  box: { left: number; top: number; width: number; height: number };
  brightness: number;
  sharpness: number;
  yaw: number;
  pitch: number;
  /** What was asked about, with how sure it is; left out when it was not told. */
  eyesOpen?: { value: boolean; confidence: number };
  occluded?: { value: boolean; confidence: number };
  sunglasses?: { value: boolean; confidence: number };
}

export type RetakeReason =
  | 'no-face'
  | 'several-faces'
  | 'unclear-face'
  | 'face-too-small'
  | 'face-cut-off'
  | 'blurred'
  | 'too-dark'
  | 'too-bright'
  | 'turned-away'
  | 'face-covered'
  | 'sunglasses'
  | 'eyes-closed';

/** So much of a face may lie outside of the picture, in parts of its own size: boxes are rough. */
const overhang = 0.05;

const area = ({ box }: SeenFace) => box.width * box.height;

const isCutOff = ({ box: { left, top, width, height } }: SeenFace) =>
  left < -overhang * width ||
  top < -overhang * height ||
  left + width > 1 + overhang * width ||
  top + height > 1 + overhang * height;

/**
 * Why a photo is not fit to be compared; nothing, if it is. Every face of a photo would be compared, so that this
 * comes first. `width` is the picture's, upright, in pixels.
 */
export const retakeReasons = (gate: PhotoGate, faces: readonly SeenFace[], width: number): RetakeReason[] => {
  const [face, second] = [...faces].sort((a, b) => area(b) - area(a));
  if (!face) return ['no-face'];
  if (second && area(second) >= gate.passerBy * area(face)) return ['several-faces'];
  const surely = (told: { value: boolean; confidence: number } | undefined, value: boolean) =>
    told?.value === value && told.confidence >= gate.attributeConfidence;
  const faults: [RetakeReason, boolean][] = [
    ['unclear-face', face.confidence < gate.confidence],
    ['face-too-small', face.box.width < gate.leastWidth || face.box.width * width < gate.leastPixels],
    ['face-cut-off', isCutOff(face)],
    ['blurred', face.sharpness < gate.sharpness],
    ['too-dark', face.brightness < gate.darkest],
    ['too-bright', face.brightness > gate.brightest],
    [
      'turned-away',
      Math.abs(face.yaw) > gate.yaw || face.pitch < -gate.pitchDown || face.pitch > gate.pitchUp,
    ],
    ['face-covered', surely(face.occluded, true)],
    ['sunglasses', surely(face.sunglasses, true)],
    ['eyes-closed', surely(face.eyesOpen, false)],
  ];
  return faults.filter(([, holds]) => holds).map(([reason]) => reason);
};
