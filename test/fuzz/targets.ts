import type { Target } from './target.ts';
import { androidTargets } from './targets/android.ts';
import { appleTargets } from './targets/apple.ts';
import { makeEvidenceTargets } from './targets/evidence.ts';
import { makePlayTargets } from './targets/play.ts';
import { readerTargets } from './targets/readers.ts';
import { tokenTargets } from './targets/tokens.ts';

/** Every parser of bytes that an attacker supplies. */
export const makeTargets = async (): Promise<Target[]> => [
  ...readerTargets,
  ...appleTargets,
  ...androidTargets,
  ...tokenTargets,
  ...(await makePlayTargets()),
  ...(await makeEvidenceTargets()),
];
