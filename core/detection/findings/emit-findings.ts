import { type BotSuspectedDetail, botSuspected, credentialsShared } from '#contract/findings.ts';
import { credentialSharing } from '../rules/credential-sharing.ts';
import type { Finding } from './finding.ts';
import type { FindingsStore } from './findings-store.ts';
import type { Tell } from './give-verdict.ts';

export interface EmitDeps {
  findings: FindingsStore;
  tell: Tell;
  driverOf: (accountKey: string) => Promise<string | undefined>;
  now: () => number;
}

const iso = (at: number) => new Date(at).toISOString();
const mostAtOnce = 200;

/** What is told of a finding: no more than what it rests on. How unusual an account is otherwise is no reason. */
export const detailOf = (finding: Finding, driverId: string): BotSuspectedDetail => {
  const { evidenceId, release, modelHash, calibrationId, pValue, qValue, families, reasons } = finding;
  return {
    evidenceId,
    driverId,
    release,
    ...(modelHash && { modelHash }),
    ...(calibrationId && { calibrationId }),
    ...(pValue !== undefined && { pValue }),
    ...(qValue !== undefined && { qValue }),
    families: [...families],
    reasons: [...reasons],
    window: { from: iso(finding.from), to: iso(finding.lookedAt) },
  };
};

/** Who shares an account may be its victim: help comes first. */
export const eventOf = ({ release }: Finding) =>
  release.startsWith(`${credentialSharing.id}-v`) ? credentialsShared : botSuspected;

const emit = async (
  { findings, tell, driverOf }: EmitDeps,
  finding: Finding,
  active: ReadonlySet<string>,
): Promise<'emitted' | 'shadow' | 'gone'> => {
  // Meanwhile people may have spoken, about it or about its release.
  if (!active.has(finding.release) || finding.verdict === 'dismissed') {
    await findings.step(finding, 'shade');
    return 'shadow';
  }
  const driverId = await driverOf(finding.accountKey);
  if (driverId === undefined) {
    await findings.step(finding, 'lose');
    return 'gone';
  }
  await tell(eventOf(finding), detailOf(finding, driverId));
  await findings.step(finding, 'emit');
  return 'emitted';
};

/** Tells the bus what is due, each at least once: who has seen the `evidenceId` has seen the event. */
export const emitFindings = async (
  deps: EmitDeps,
  active: ReadonlySet<string>,
): Promise<Record<'emitted' | 'shadow' | 'gone', number>> => {
  const tally = { emitted: 0, shadow: 0, gone: 0 };
  for (const evidenceId of await deps.findings.due(deps.now(), mostAtOnce)) {
    const finding = await deps.findings.find(evidenceId);
    if (finding?.state === 'due') tally[await emit(deps, finding, active)] += 1;
  }
  return tally;
};
