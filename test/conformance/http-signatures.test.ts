import { createPublicKey, verify } from 'node:crypto';
import { conforms } from './vectors.ts';

/**
 * RFC 9421, the alternative that docs/decisions/0009 turns down: as far as the cases go, in the test that shows it.
 * The product does not use it.
 */
interface Input {
  request: { method: string; url: string; headers?: Record<string, string>; body?: string };
  signature: string;
  signatureInput?: string;
  signatureBase: string;
}
interface Context {
  alg: 'ed25519' | 'ecdsa-p256-sha256';
  publicKeyPem: string;
}

/** RFC 9421 section 2.2, of the components that the cases cover. */
const derived = ({ method, url, headers = {} }: Input['request'], component: string): string | undefined => {
  const { pathname, search, host } = new URL(url);
  const values: Record<string, string> = {
    '@method': method,
    '@path': pathname,
    '@query': search || '?',
    '@authority': host,
  };
  const header = Object.entries(headers).find(([name]) => name.toLowerCase() === component);
  return values[component] ?? header?.[1].trim();
};

conforms<Input, Context>('httpsig.request', ({ input, context }) => {
  const lines = input.signatureBase.split('\n').map((line) => /^"([^"]+)": (.*)$/.exec(line));
  // What the base says of the request must be what the request says.
  for (const line of lines) {
    const [, component = '', value] = line ?? [];
    const actual = component === '@signature-params' ? value : derived(input.request, component);
    if (actual !== undefined && actual !== value) return { status: 'refused', reason: 'other-request' };
  }
  const key = createPublicKey(context.publicKeyPem);
  const isEcdsa = context.alg === 'ecdsa-p256-sha256';
  const holds = verify(
    isEcdsa ? 'sha256' : null,
    Buffer.from(input.signatureBase),
    isEcdsa ? { key, dsaEncoding: 'ieee-p1363' } : key,
    Buffer.from(input.signature, 'base64'),
  );
  return holds ? { status: 'verified' } : { status: 'refused', reason: 'signature' };
});
