import type { OfflineFamily } from '../family.ts';
import { humanReplay } from './human-replay.ts';
import { fastClaimer, fixedPoller, jitteredLognormal, jitteredUniform, slowAndLow } from './pollers.ts';
import { puzzleFarm, releaseAndReclaim, sharedDispatcher } from './services.ts';

export const families: readonly OfflineFamily[] = [
  fixedPoller,
  jitteredUniform,
  jitteredLognormal,
  fastClaimer,
  slowAndLow,
  puzzleFarm,
  sharedDispatcher,
  releaseAndReclaim,
  humanReplay,
];
