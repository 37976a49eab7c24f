import { canary } from './canary.ts';
import { credentialSharing } from './credential-sharing.ts';
import { hoarding } from './hoarding.ts';
import { positionSpoofing } from './position-spoofing.ts';
import type { Rule } from './rule.ts';

/** Every rule beside the model. Each is released by itself. */
export const rules: readonly Rule[] = [credentialSharing, hoarding, positionSpoofing, canary];
