import type { AuditStore } from '#core/evidence/audit/audit-store.ts';
import type { Surroundings } from '#core/shared/tries.ts';

import type { CasesStore } from './cases-store.ts';
import type { Effects } from './effects.ts';

/** Where a driver works, as far as law and clocks depend on it. */
export interface Workplace {
  stationId?: string;
  timeZone: string;
  /** Name of the profile. */
  jurisdiction: string;
}

/** What the use cases of enforcement need. */
export interface EnforcementDeps extends Surroundings {
  cases: CasesStore;
  audit: AuditStore;
  effects: Effects;
  /** Of the block that the driver had last; of the stage where there is none. */
  workplaceOf: (driverId: string) => Promise<Workplace>;
  timeZoneOf: (stationId: string | undefined) => string;
  localeOf: (driverId: string) => Promise<string | undefined>;
  /** Phones of the account, by name. */
  phonesOf: (driverId: string) => Promise<readonly string[]>;
  /** Where a driver reaches a person. */
  contact: string;
  /** A person did not decide or answer in time. */
  onClockMissed: (caseId: string) => void;
  /** Something that the sweeper does again did not work out. */
  onFailed: (what: 'wake' | 'steps' | 'case' | 'leaving' | 'notice', error: unknown) => void;
}
