import type { Answer } from './payload.ts';

/** Answers of the gateway itself, where API Gateway would write its own. */
const problems = {
  'invalid-request': { status: 400, title: 'The request is not valid HTTP.', next: 'Correct the request.' },
  'not-found': { status: 404, title: 'There is nothing here.', next: 'Check the address.' },
  'request-too-large': { status: 413, title: 'The request is too large.', next: 'Send less in one request.' },
  'headers-too-large': {
    status: 431,
    title: 'The headers of the request are too large.',
    next: 'Send fewer headers.',
  },
  'internal-error': {
    status: 500,
    title: 'The function behind this route failed.',
    next: 'Try again in a minute.',
  },
  'try-again': { status: 503, title: 'No answer in time.', next: 'Send the same request again.' },
} as const;

export function problem(code: keyof typeof problems): Answer {
  const { status, ...words } = problems[code];
  return {
    status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
    body: Buffer.from(JSON.stringify({ type: 'about:blank', status, code, ...words })),
  };
}
