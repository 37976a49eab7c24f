import type { ProblemDocument } from '#contract/problem-document.ts';

/** How the API answered a photo. */
export interface Ending {
  result: 'passed' | 'retake' | 'inconclusive' | 'refused';
  /** Of the HTTP answer. */
  status: number;
  /** Stable codes: of the problem and its cause where it was refused, else why the photo did not pass. */
  reasons: readonly string[];
}

/** Called with every answer's body. */
export type Heard = (body: unknown) => void;

type Answer =
  | {
      ok: true;
      status: number;
      body: { result: 'passed' | 'retake' | 'inconclusive'; reasons?: { code: string }[] };
    }
  | { ok: false; status: number; body: ProblemDocument };

export const hear = (answer: Answer, heard: Heard): Ending => {
  heard(answer.body);
  const { status } = answer;
  if (answer.ok) {
    const { result, reasons = [] } = answer.body;
    return { result, status, reasons: reasons.map(({ code }) => code) };
  }
  const { code, reason } = answer.body;
  return { result: 'refused', status, reasons: reason === undefined ? [code] : [code, reason] };
};

/**
 * Places where an answer says that somebody was there in the flesh: no name of a field, and no text, may. A photo of a
 * photo matches as the person, so whoever reads "live" into a match would be wrong.
 */
export const livenessClaims = (body: unknown, path = ''): string[] => {
  if (typeof body === 'string') return /\b(live|alive|liveness)\b/i.test(body) ? [`${path}: ${body}`] : [];
  if (typeof body !== 'object' || body === null) return [];
  return Object.entries(body).flatMap(([name, value]) => {
    const at = path === '' ? name : `${path}.${name}`;
    return [...(/^(is)?(a?live|liveness)/i.test(name) ? [at] : []), ...livenessClaims(value, at)];
  });
};
