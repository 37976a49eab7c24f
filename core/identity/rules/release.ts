import { hash } from 'node:crypto';
import type { IdentityPolicy } from '#contract/identity-policy.ts';
import { releaseText, releaseVersion } from '#contract/privacy-words.ts';

/** What a driver agrees to, as it holds now. */
export interface Release {
  version: string;
  text: string;
  /** Of the text in UTF-8, hexadecimal: kept with the consent, so that it is known what was agreed to. */
  sha256: string;
}

export const releaseOf = (policy: IdentityPolicy): Release => {
  const text = releaseText(policy);
  return { version: releaseVersion, text, sha256: hash('sha256', text) };
};
