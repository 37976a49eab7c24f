import type { Answer } from './payload.ts';

/** Answers of the gateway itself, where API Gateway would write its own. */
const problems = {
  'invalid-request': { status: 400, title: 'The request is not valid HTTP.' },
  'not-found': { status: 404, title: 'There is nothing here.' },
  'request-too-large': { status: 413, title: 'The request is too large.' },
  'headers-too-large': { status: 431, title: 'The headers of the request are too large.' },
  'internal-error': { status: 500, title: 'The function behind this route failed.' },
  'try-again': { status: 503, title: 'No answer in time.' },
} as const;

export function problem(code: keyof typeof problems): Answer {
  const { status, title } = problems[code];
  return {
    status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
    body: Buffer.from(JSON.stringify({ type: 'about:blank', title, status, code })),
  };
}
