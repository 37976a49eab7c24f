import type { TaskOf } from '#contract/challenges.ts';

export interface HostAnswer {
  status: number;
  /** Parsed, or the text as it came. */
  body: unknown;
  /** The `Date` header: clocks of phones are often wrong. */
  date?: string | null;
}

/** What the driver app gives the page that it shows. The page holds no key: the app proves every request itself. */
export interface Host {
  /** `body` is JSON text, to be sent as it is. Rejects when there is no answer. */
  request(method: string, path: string, body?: string): Promise<HostAnswer>;
  /** Told once, with what `POST /v1/claims` takes. */
  done(clearance: string): void;
  close(): void;
  /** The platform's own assertion, where the app makes it; base64url. Rejects when the driver gives up. */
  unlock?(task: TaskOf<'unlock'>): Promise<Assertion>;
}

export interface Assertion {
  authenticatorData: string;
  clientDataJson: string;
  signature: string;
}

declare global {
  interface Window {
    evenfieldHost?: Host;
  }
}

export interface Start {
  challengeId: string;
  request: Host['request'];
  /** Absent in a browser. */
  host?: Host;
  /** In a browser: what to claim with the clearance. */
  offerToken?: string;
}

/** Longer than any of our functions may take. */
const patienceMs = 15_000;

const signedIn =
  (token: string | null): Host['request'] =>
  async (method, path, body) => {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), patienceMs);
    try {
      const response = await fetch(path, {
        method,
        signal: patience.signal,
        cache: 'no-store',
        headers: {
          ...(token && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body }),
      });
      return { status: response.status, body: await response.text(), date: response.headers.get('date') };
    } finally {
      clearTimeout(timer);
    }
  };

/** Reads `#challenge=...&token=...&offerToken=...` and takes it out of the address, where others could read it. */
export const readStart = (): Start | undefined => {
  const given = new URLSearchParams(location.hash.slice(1));
  history.replaceState(null, '', location.pathname);
  // A link with another challenge, opened in the same window.
  addEventListener('hashchange', () => location.reload());
  const challengeId = given.get('challenge');
  if (!challengeId) return undefined;
  const host = window.evenfieldHost;
  const offerToken = given.get('offerToken');
  return {
    challengeId,
    request: host ? (...request) => host.request(...request) : signedIn(given.get('token')),
    ...(host && { host }),
    ...(offerToken && { offerToken }),
  };
};
