import type { Alarms } from './alarms.ts';
import type { Bundles } from './bundles.ts';
import type { StageConfig } from './stage-config.ts';

/** What every capability builds on. */
export interface Platform {
  readonly stage: StageConfig;
  readonly bundles: Bundles;
  readonly alarms: Alarms;
}
