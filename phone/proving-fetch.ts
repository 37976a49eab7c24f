import { createHash, randomUUID } from 'node:crypto';
import type { Route } from '#contract/route.ts';
import { routes } from '#contract/routes.ts';
import { signProof } from './dpop.ts';
import type { SoftwarePhone } from './enrolment.ts';
import type { SoftwareIphone } from './software-iphone.ts';
import { jwsParts, silent, type Trace } from './trace.ts';

interface Request {
  url: URL;
  method: string;
  headers: Headers;
  body: Buffer;
}

export interface ProvingOptions {
  phone: SoftwarePhone;
  /** Of /v1/configuration: what proofs name. */
  publicApiOrigin: string;
  accountId: () => string;
  /** An access token bound to the phone, or the answer that refuses one. */
  accessToken: () => Promise<string | Response>;
  /** A token that was not accepted is not used again. */
  forgetToken: () => void;
  /** Called when an assertion has been signed, before it is sent: its counter must never be used again. */
  onAssertion?: (() => void) | undefined;
  send?: typeof fetch;
  now?: () => number;
  trace?: Trace;
}

const known = Object.values(routes as Record<string, Route>).map((route) => ({
  route,
  pattern: new RegExp(`^${route.path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
}));
const routeOf = (method: string, path: string): Route | undefined =>
  known.find(({ route, pattern }) => route.method === method && pattern.test(path))?.route;

const codeOf = async (response: Response): Promise<string | undefined> => {
  const problem = (await response
    .clone()
    .json()
    .catch(() => undefined)) as { code?: string } | undefined;
  return problem?.code;
};

/** One after the other: an assertion that overtakes another one carries an old counter (AS9). */
const oneAtATime = () => {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work);
    last = next.catch(() => {});
    return next;
  };
};

/** What an assertion for a claim signs: the proof and the body that it goes with. */
export const claimClientData = (fields: {
  account: string;
  method: string;
  path: string;
  nonce: string | undefined;
  jti: string;
  bd: string;
}): Buffer => Buffer.from(JSON.stringify({ v: 1, purpose: 'claim', ...fields }));

/**
 * `fetch` for a phone: requests of level `device` go out with the phone's own access token and a proof of possession,
 * claims of an iPhone also with an App Attest assertion. Everything else is sent as it is.
 */
export const provingFetch = ({
  phone,
  publicApiOrigin,
  accountId,
  accessToken,
  forgetToken,
  onAssertion,
  send = fetch,
  now = Date.now,
  trace = silent,
}: ProvingOptions): { fetch: typeof fetch; sawNonce: (headers: Headers) => void } => {
  let nonce: string | undefined;
  const sawNonce = (headers: Headers) => {
    nonce = headers.get('dpop-nonce') ?? nonce;
  };

  const assertionHeaders = (iphone: SoftwareIphone, { method, url }: Request, jti: string, bd: string) => {
    const account = accountId();
    const clientData = claimClientData({ account, method, path: url.pathname, nonce, jti, bd });
    const made = iphone.assert(clientData);
    onAssertion?.();
    trace('App Attest: the phone signs the claim (DCAppAttestService.generateAssertion)', {
      'client data': clientData.toString(),
      'SHA-256 of it': made.clientDataHash,
      authenticatorData: made.authenticatorData,
      counter: made.counter,
      'signed message': made.nonce,
      'that is': 'SHA-256(authenticatorData || SHA-256(client data)); ECDSA hashes it once more',
      'signature (DER)': made.signature,
      'assertion (CBOR)': made.assertion,
    });
    return {
      'app-attest-client-data': clientData.toString('base64url'),
      'app-attest-assertion': made.assertion.toString('base64url'),
    };
  };

  const prove = (request: Request, route: Route, token: string): Headers => {
    const { method, url, body } = request;
    const jti = randomUUID();
    const proof = signProof({
      key: phone.dpopKey,
      htm: method,
      htu: `${publicApiOrigin}${url.pathname}`,
      accessToken: token,
      body: method === 'GET' ? undefined : body,
      nonce: route.claimProof ? nonce : undefined,
      jti,
      iat: Math.floor(now() / 1_000),
    });
    const parts = jwsParts(proof);
    trace(`DPoP: a proof for ${method} ${url.pathname}`, {
      'header of the proof': parts.header,
      'claims of the proof': parts.claims,
      ath: 'base64url(SHA-256(access token))',
      ...(method === 'GET' ? {} : { 'body, hashed as bd': body.toString() || '(empty)' }),
      'DPoP header': proof,
    });
    const headers = new Headers(request.headers);
    headers.set('authorization', `DPoP ${token}`);
    headers.set('dpop', proof);
    if (phone.platform === 'ios' && route.claimProof) {
      const bd = createHash('sha256').update(body).digest('base64url');
      for (const [name, value] of Object.entries(assertionHeaders(phone, request, jti, bd))) {
        headers.set(name, value);
      }
    }
    return headers;
  };

  const once = async (request: Request, route: Route, token: string): Promise<Response> => {
    const { url, method, body } = request;
    const headers = prove(request, route, token);
    const response = await send(url, {
      method,
      headers,
      ...(body.length ? { body: new Uint8Array(body) } : {}),
    });
    sawNonce(response.headers);
    if (trace !== silent) {
      trace(`Answer ${response.status} to ${method} ${url.pathname}`, {
        'DPoP-Nonce': response.headers.get('dpop-nonce') ?? undefined,
        body: await response.clone().text(),
      });
    }
    return response;
  };

  const proven = async (request: Request, route: Route): Promise<Response> => {
    const token = await accessToken();
    if (typeof token !== 'string') return token;
    const response = await once(request, route, token);
    if (response.status !== 401) return response;
    // RFC 9449 section 9: a nonce of the server's is answered once, with a new proof.
    if ((await codeOf(response)) === 'use_dpop_nonce') return once(request, route, token);
    forgetToken();
    return response;
  };

  const inOrder = oneAtATime();
  return {
    sawNonce,
    fetch: async (input, init) => {
      const asked = new globalThis.Request(input, init);
      const url = new URL(asked.url);
      const route = routeOf(asked.method, url.pathname);
      const body = Buffer.from(await asked.arrayBuffer());
      const request: Request = { url, method: asked.method, headers: asked.headers, body };
      if (route?.level === 'device') {
        const isAsserted = phone.platform === 'ios' && route.claimProof;
        return isAsserted ? inOrder(() => proven(request, route)) : proven(request, route);
      }
      const { method, headers } = request;
      return send(url, { method, headers, ...(body.length ? { body: new Uint8Array(body) } : {}) });
    },
  };
};
