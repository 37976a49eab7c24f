import { assertionKinds } from './assertion-kinds.ts';
import type { Kind } from './original.ts';
import { proofKinds } from './proof-kinds.ts';
import { requestKinds } from './request-kinds.ts';
import { tokenKinds } from './token-kinds.ts';

export const kinds: readonly Kind[] = [...requestKinds, ...proofKinds, ...tokenKinds, ...assertionKinds];
