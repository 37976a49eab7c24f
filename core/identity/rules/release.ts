import { hash } from 'node:crypto';
import type { IdentityPolicy } from '#contract/identity-policy.ts';
import { releaseEdition, releaseText } from '#contract/privacy-words.ts';

/** What a driver agrees to, as it holds now. */
export interface Release {
  version: string;
  text: string;
  /** Of the text in UTF-8, hexadecimal: kept with the consent, so that it is known what was agreed to. */
  sha256: string;
}

export const releaseOf = (policy: IdentityPolicy): Release => {
  const text = releaseText(policy);
  const sha256 = hash('sha256', text);
  // The text follows from the configuration, and so does its name: no two texts have the same.
  return { version: `${releaseEdition}-${sha256.slice(0, 8)}`, text, sha256 };
};
