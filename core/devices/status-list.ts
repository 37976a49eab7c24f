import { createHash } from 'node:crypto';
import { readStrictJson } from '#core/attestation/strict-json.ts';

export type ListedStatus = 'REVOKED' | 'SUSPENDED';

/** Serials of certificates whose keys are not to be trusted. */
export type StatusList = ReadonlyMap<string, ListedStatus>;

/** Longer than any serial that a certificate may have (RFC 5280 section 4.1.2.2). */
const serialText = /^[0-9a-f]{1,40}$/i;

/** AK8: as text; lower-case hex without leading zeros. */
export const normalSerial = (serial: string): string | undefined =>
  serialText.test(serial) ? serial.toLowerCase().replace(/^0+(?=.)/, '') : undefined;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Google's list: `{"entries": {"<serial>": {"status": "REVOKED" | "SUSPENDED", ...}}}`. Undefined unless all of it is
 * understood: an entry that we skip would be a key that we trust.
 * https://developer.android.com/privacy-and-security/security-key-attestation#certificate_status
 */
export const readStatusList = (text: string): StatusList | undefined => {
  const document = readStrictJson(text);
  if (!isObject(document) || !isObject(document.entries)) return undefined;
  const list = new Map<string, ListedStatus>();
  for (const [key, entry] of Object.entries(document.entries)) {
    const serial = normalSerial(key);
    if (serial === undefined || !isObject(entry)) return undefined;
    const { status } = entry;
    if (status !== 'REVOKED' && status !== 'SUSPENDED') return undefined;
    if (list.get(serial) !== 'REVOKED') list.set(serial, status);
  }
  return list;
};

/** The same for the same list, in whatever order. */
export const digestOf = (list: StatusList): string => {
  const lines = [...list].map(([serial, status]) => `${serial} ${status}\n`).sort();
  return createHash('sha256').update(lines.join('')).digest('base64url');
};

/** A list of fewer entries is none of Google's, which has had more than a thousand for years. */
export const leastOfGoogle = 100;

/**
 * More than half of what was listed is gone: keys are hardly ever given back, and never so many at once. A list that is
 * none of Google's may change as it likes.
 */
export const isShrunken = (known: StatusList, fetched: StatusList): boolean => {
  if (known.size < leastOfGoogle) return false;
  let kept = 0;
  for (const serial of known.keys()) if (fetched.has(serial)) kept += 1;
  return kept * 2 < known.size;
};
