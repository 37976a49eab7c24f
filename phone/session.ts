import { type Answer, type Client, createClient } from '#contract/client.ts';
import type { ProblemDocument } from '#contract/problem-document.ts';
import type { routes } from '#contract/routes.ts';
import { signProof } from './dpop.ts';
import { androidEvidence, iphoneEvidence, type SoftwarePhone } from './enrolment.ts';
import { type PlayOverrides, signPlayToken } from './play-signer.ts';
import { provingFetch } from './proving-fetch.ts';
import { type Login, signIn } from './sign-in.ts';
import type { AttestationOverrides } from './software-iphone.ts';
import { jwsParts, shortened, silent, type Trace } from './trace.ts';

/** What the seeded local system gives every user. */
export const seededPassword = 'Evenfield-local-1';
/** So long before its end a token is replaced, ms: a request and a slow clock fit in. */
const margin = 30_000;

export interface SessionOptions {
  /** Such as `http://127.0.0.1:8787`. */
  api: string;
  user: string;
  password?: string;
  phone: SoftwarePhone;
  /** Proves even where the stage does not ask for it; the default does as /v1/configuration says. */
  alwaysProve?: boolean;
  /** Android: what Google says about the phone; `false` sends no Play Integrity token. */
  play?: PlayOverrides | false;
  onAssertion?: () => void;
  send?: typeof fetch;
  now?: () => number;
  trace?: Trace;
}

export interface EnrolOptions {
  /** Fields of the request to send otherwise. */
  body?: Record<string, unknown>;
  withAssertion?: boolean;
  wrong?: Partial<AttestationOverrides>;
}

type Token = Extract<Answer<(typeof routes)['createDeviceToken']>, { ok: true }>['body'];
export type TokenOutcome =
  | { ok: true; token: Token; expiresAt: number }
  | { ok: false; status: number; problem: ProblemDocument };

export interface Session {
  /** The login token alone: everything that an app does before its phone is enrolled. */
  login: Client;
  /** With proofs. */
  client: Client;
  fetch: typeof fetch;
  accountId: () => string;
  /** What the stage asks of device-level requests. */
  attestation: 'off' | 'measure' | 'enforce';
  /** Whether `client` proves its requests. */
  isProving: boolean;
  enrol: (options?: EnrolOptions) => Promise<Answer<(typeof routes)['enrolDevice']>>;
  /** Kept until shortly before it ends; `true` asks for a new one. */
  token: (fresh?: boolean) => Promise<TokenOutcome>;
}

const subjectOf = (jwt: string): string => (JSON.parse(jwsParts(jwt).claims) as { sub: string }).sub;

/** A driver who has signed in with a phone in hand. */
export const openSession = async ({
  api,
  user,
  password = seededPassword,
  phone,
  alwaysProve = false,
  play = {},
  onAssertion,
  send = fetch,
  now = Date.now,
  trace = silent,
}: SessionOptions): Promise<Session> => {
  const configuration = await createClient({ origin: api, fetch: send }).getConfiguration();
  if (!configuration.ok) throw new Error(`the configuration cannot be read: ${configuration.body.code}`);
  const { publicApiOrigin, attestation } = configuration.body;
  trace('GET /v1/configuration', { publicApiOrigin, attestation });

  let current: Login = await signIn(configuration.body, user, password, send);
  trace('Signed in at the identity provider', {
    'login token, claims': jwsParts(current.accessToken).claims,
  });
  const loginToken = async () => {
    if (Date.now() > current.expiresAt - margin) {
      current = await signIn(configuration.body, user, password, send);
    }
    return current.accessToken;
  };
  const accountId = () => subjectOf(current.accessToken);
  const login = createClient({ origin: api, token: loginToken, fetch: send });

  let kept: Promise<TokenOutcome> | undefined;
  const askForToken = async (): Promise<TokenOutcome> => {
    const htu = `${publicApiOrigin}/v1/device-tokens`;
    const iat = Math.floor(now() / 1_000);
    const dpop = signProof({ key: phone.dpopKey, htm: 'POST', htu, iat });
    const answer = await login.createDeviceToken({ headers: { dpop } });
    sawNonce(answer.headers);
    trace('POST /v1/device-tokens: an access token bound to the key of the phone', {
      'claims of the proof': jwsParts(dpop).claims,
      'DPoP header': dpop,
      'DPoP-Nonce': answer.headers.get('dpop-nonce') ?? undefined,
      answer: `${answer.status} ${JSON.stringify(answer.body)}`,
    });
    if (!answer.ok) return { ok: false, status: answer.status, problem: answer.body };
    return { ok: true, token: answer.body, expiresAt: now() + answer.body.expiresIn * 1_000 };
  };
  const token = async (fresh = false): Promise<TokenOutcome> => {
    const last = fresh ? undefined : await kept?.catch(() => undefined);
    if (last?.ok && now() < last.expiresAt - margin) return last;
    kept = askForToken();
    return kept;
  };

  const proving = provingFetch({
    phone,
    publicApiOrigin,
    accountId,
    accessToken: async () => {
      const outcome = await token();
      if (outcome.ok) return outcome.token.accessToken;
      return Response.json(outcome.problem, { status: outcome.status });
    },
    forgetToken: () => {
      kept = undefined;
    },
    onAssertion,
    send,
    now,
    trace,
  });
  const { sawNonce } = proving;
  const isProving = alwaysProve || attestation !== 'off';
  const client = isProving ? createClient({ origin: api, token: loginToken, fetch: proving.fetch }) : login;

  const evidence = (
    challenge: { challengeId: string; challenge: string; accountId: string },
    options: EnrolOptions,
  ) =>
    phone.platform === 'ios'
      ? iphoneEvidence(phone, challenge, { ...options, trace })
      : androidEvidence(phone, challenge, {
          trace,
          integrityToken: play ? (nonce) => signPlayToken({ nonce, payload: play, now: now() }) : undefined,
        });

  const enrol = async (options: EnrolOptions = {}) => {
    const challenge = await login.createDeviceChallenge({ body: { platform: phone.platform } });
    trace('POST /v1/device-challenges', { answer: JSON.stringify(challenge.body) });
    if (!challenge.ok) return challenge;
    const body = { ...(await evidence(challenge.body, options)), ...options.body };
    if (options.withAssertion) onAssertion?.();
    const answer = await login.enrolDevice({ body });
    trace('POST /v1/devices', {
      body: JSON.stringify(body, (_, value: unknown) => shortened(value), 1),
      answer: JSON.stringify(answer.body),
    });
    kept = undefined;
    return answer;
  };

  return {
    login,
    client,
    fetch: isProving ? proving.fetch : send,
    accountId,
    attestation,
    isProving,
    enrol,
    token,
  };
};
