import type { AuditEntry } from '#contract/cases.ts';
import type { ReasonCode } from '#contract/enforcement.ts';

/** The ground that says that a program claimed; who hoards blocks by hand is no bot. */
const ofBots: ReasonCode = 'automated-claiming';

/**
 * Drivers of whom a person decided that a program claimed for them, in a decision that stands: a warning, or a removal
 * that a second person approved. An overturned decision never happened.
 */
export const confirmedDrivers = (entries: Iterable<AuditEntry>): Set<string> => {
  const driverOf = new Map<string, string>();
  for (const { action, caseId, driverId, facts } of entries) {
    if (!caseId || !driverId) continue;
    const confirms = action === 'decision.warn' || action === 'decision.approve';
    if (confirms && facts.reasonCode === ofBots) driverOf.set(caseId, driverId);
    if (action === 'decision.overturn') driverOf.delete(caseId);
  }
  return new Set(driverOf.values());
};
