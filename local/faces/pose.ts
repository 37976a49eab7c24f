import { distance, meanPoint } from './geometry.ts';
import { type Landmarks, parts, rollOf } from './landmarks.ts';

/** Degrees in the engine's own units: they order poses, and are near real angles for small ones. */
export interface Pose {
  /** Positive: clockwise in the picture. */
  readonly roll: number;
  /** Positive: the nose points to the right of the picture, so that the person turns to their left. */
  readonly yaw: number;
  /** Positive: upwards. */
  readonly pitch: number;
}

const degrees = 180 / Math.PI;
/** How far the nose tip stands out, as a share of the distance between the eyes: 3D means of adults give 0.6 to 0.7. */
const noseLength = 0.65;
/** Where the tip of the nose is between eyes and mouth when a face looks straight ahead. */
const levelNose = 0.6;

export function poseOf(landmarks: Landmarks): Pose {
  const roll = rollOf(landmarks);
  const { leftEye, rightEye, noseTip, mouth } = parts(landmarks);
  const eyes = meanPoint([leftEye, rightEye]);
  const between = distance(leftEye, rightEye);
  const [cos, sin] = [Math.cos(roll), Math.sin(roll)];
  const across = (p: { x: number; y: number }) => (p.x - eyes.x) * cos + (p.y - eyes.y) * sin;
  const down = (p: { x: number; y: number }) => (p.y - eyes.y) * cos - (p.x - eyes.x) * sin;
  // The tip against the line from the middle of the eyes to the middle of the mouth.
  const share = down(noseTip) / Math.max(1e-6, down(mouth));
  const offset = across(noseTip) - share * across(mouth);
  const yaw = Math.atan2(offset, between * noseLength) * degrees;
  const pitch = Math.atan2((levelNose - share) * down(mouth), between * noseLength) * degrees;
  return { roll: roll * degrees, yaw, pitch };
}
