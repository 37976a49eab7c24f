import type { LiveFamily } from '../family.ts';
import { humanReplay } from './human-replay.ts';
import * as polling from './polling.ts';
import { sharedDispatcher } from './shared-dispatcher.ts';

/** Bots, by name the same as those of the account-months. */
export const liveFamilies: readonly LiveFamily[] = [...Object.values(polling), sharedDispatcher, humanReplay];
