import type { SignedIn, SignInOutcome } from '#core/shared/sign-in.ts';

export interface ProvenRequest {
  method: string;
  path: string;
  headers: Readonly<Record<string, string | undefined>>;
  /** The body as received, byte for byte: what a proof is bound to. Asked for only by checks that need it. */
  body: () => Uint8Array;
}

export type ProofOutcome =
  | { status: 'proven'; account: SignedIn; deviceId?: string }
  | { status: 'refused'; code: 'sign-in-required' | 'proof-invalid' | 'try-again'; reason?: string };

/** Decides whether a request comes from a driver's own phone. */
export type CheckProof = (request: ProvenRequest) => Promise<ProofOutcome>;

/** Attestation off: the login token stands for the phone. Production stages refuse this at synthesis. */
export const loginIsEnough =
  (signIn: (authorization: string | undefined) => Promise<SignInOutcome>): CheckProof =>
  async ({ headers }) => {
    const outcome = await signIn(headers.authorization);
    if (outcome.status === 'signed-in') return { status: 'proven', account: outcome };
    return { status: 'refused', code: outcome.status === 'refused' ? 'sign-in-required' : 'try-again' };
  };

/** Attestation asked for and no verifier deployed: nothing passes. */
export const nothingIsProof: CheckProof = async () => ({
  status: 'refused',
  code: 'proof-invalid',
  reason: 'verification-unavailable',
});
