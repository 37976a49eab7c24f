import { distance, type Point } from './geometry.ts';
import { type Landmarks, parts } from './landmarks.ts';
import { poseOf } from './pose.ts';

/**
 * Whether a head turned as it was asked to. It shows that something with the depth of a face moved on request;
 * it is no proof of life: a mask or a good enough film passes.
 */

/** As the person sees it: turning left moves the nose to the right of a picture that is not mirrored. */
export type Turn = 'left' | 'right' | 'centre';

export type TurnsJudgement =
  | { readonly status: 'turned' }
  | { readonly status: 'refused'; readonly reason: 'wrong-direction' | 'flat' };

/** In the engine's degrees. People turn by 20 to 40 when asked, and look ahead within 10. */
const [leastTurn, mostCentre] = [14, 11];
/**
 * What is left of a turned face after the best fit of a flat one, as a share of the distance of the eyes, root mean square.
 * A photograph that is tilted, bent a little or moved leaves the error of the landmarks.
 */
const leastDepth = 0.045;

export function judgeTurns(turns: readonly Turn[], frames: readonly Landmarks[]): TurnsJudgement {
  const ahead = frames[turns.indexOf('centre')];
  if (frames.length !== turns.length || !ahead) return { status: 'refused', reason: 'wrong-direction' };
  const straight = poseOf(ahead).yaw;
  const follows = turns.every((turn, i) => {
    const { yaw } = poseOf(frames[i] ?? ahead);
    // Against the picture and against the face ahead: who is photographed from one side has turned no further.
    if (turn === 'left') return Math.min(yaw, yaw - straight) >= leastTurn;
    if (turn === 'right') return Math.max(yaw, yaw - straight) <= -leastTurn;
    return Math.abs(yaw) <= mostCentre;
  });
  if (!follows) return { status: 'refused', reason: 'wrong-direction' };
  const turned = frames.filter((_, i) => turns[i] !== 'centre');
  if (turned.some((frame) => depthBetween(ahead, frame) < leastDepth))
    return { status: 'refused', reason: 'flat' };
  return { status: 'turned' };
}

/** How badly a flat picture of `from`, seen from anywhere, explains `to`. */
export function depthBetween(from: Landmarks, to: Landmarks): number {
  const seen = fitHomography(from, to);
  const eyes = ({ leftEye, rightEye }: ReturnType<typeof parts>) => distance(leftEye, rightEye);
  const squares = from.reduce((sum, point, i) => {
    const target = to[i] ?? point;
    return sum + distance(seen(point), target) ** 2;
  }, 0);
  return Math.sqrt(squares / from.length) / Math.max(1e-6, eyes(parts(to)));
}

/** The projective map closest to the pairs, in the linear least squares of the direct linear transform. */
function fitHomography(from: readonly Point[], to: readonly Point[]): (point: Point) => Point {
  const [f, t] = [normaliser(from), normaliser(to)];
  const rows: number[][] = [];
  from.forEach((point, i) => {
    const { x, y } = f.normal(point);
    const { x: u, y: v } = t.normal(to[i] ?? point);
    rows.push([x, y, 1, 0, 0, 0, -u * x, -u * y, u], [0, 0, 0, x, y, 1, -v * x, -v * y, v]);
  });
  const [a = 1, b = 0, c = 0, d = 0, e = 1, g = 0, h = 0, k = 0] = leastSquares(rows);
  return (point) => {
    const { x, y } = f.normal(point);
    const w = h * x + k * y + 1;
    return t.back({ x: (a * x + b * y + c) / w, y: (d * x + e * y + g) / w });
  };
}

function normaliser(points: readonly Point[]) {
  const count = points.length;
  const cx = points.reduce((sum, { x }) => sum + x, 0) / count;
  const cy = points.reduce((sum, { y }) => sum + y, 0) / count;
  const spread = points.reduce((sum, { x, y }) => sum + Math.hypot(x - cx, y - cy), 0) / count || 1;
  return {
    normal: ({ x, y }: Point): Point => ({ x: (x - cx) / spread, y: (y - cy) / spread }),
    back: ({ x, y }: Point): Point => ({ x: x * spread + cx, y: y * spread + cy }),
  };
}

/** Rows of coefficients with the wanted value last: the normal equations, by elimination with pivots. */
function leastSquares(rows: readonly (readonly number[])[]): number[] {
  const size = (rows[0]?.length ?? 1) - 1;
  const system = Array.from({ length: size }, (_, i) =>
    Array.from({ length: size + 1 }, (_, j) =>
      rows.reduce((sum, row) => sum + (row[i] ?? 0) * (row[j] ?? 0), 0),
    ),
  );
  for (let column = 0; column < size; column += 1) {
    const rest = system.slice(column);
    const best = rest.reduce((a, b) => (Math.abs(b[column] ?? 0) > Math.abs(a[column] ?? 0) ? b : a));
    const at = system.indexOf(best);
    [system[column], system[at]] = [best, system[column] ?? best];
    const pivot = best[column] || 1e-12;
    for (const row of system) {
      if (row === best) continue;
      const factor = (row[column] ?? 0) / pivot;
      for (let j = column; j <= size; j += 1) row[j] = (row[j] ?? 0) - factor * (best[j] ?? 0);
    }
  }
  return system.map((row, i) => (row[size] ?? 0) / (row[i] || 1e-12));
}
