import type { CaseKind } from '#contract/enforcement.ts';
import { type BotSuspectedDetail, credentialsShared } from '#contract/findings.ts';
import { detailOf, eventOf } from '#core/detection/findings/emit-findings.ts';
import { findingsStore } from '#core/detection/findings/findings-store.ts';
import { ownersStore } from '#core/detection/scoring/owners-store.ts';
import { activityAfter } from '#core/enforcement/evidence/after.ts';
import { evidenceOf } from '#core/enforcement/evidence/evidence-of.ts';
import type { Found } from '#core/enforcement/rules/open.ts';
import { type Database, dynamoDb } from '#core/shared/dynamodb-store.ts';
import type { EnvironmentOf } from '../env.ts';

type Environment = Pick<
  EnvironmentOf<'enforcement-intake'>,
  'DETECTION_TABLE' | 'PSEUDONYMS_TABLE' | 'RECORD_RETENTION_DAYS'
>;

/** What was found, its records, and whose it is. */
export const deployedSightings = (env: Environment, database: Database = dynamoDb()) => ({
  now: Date.now,
  findings: findingsStore(database, env.DETECTION_TABLE, env.RECORD_RETENTION_DAYS, Date.now),
  driverOf: ownersStore(database, env.PSEUDONYMS_TABLE, Date.now),
});
type Sightings = Pick<ReturnType<typeof deployedSightings>, 'findings' | 'now'>;

export const kindOf = (detailType: string): CaseKind =>
  detailType === credentialsShared ? 'credentials-shared' : 'bot-suspected';

/** What was told, with its record, as something that a case can be opened for. */
export const foundIn = async (
  { findings, now }: Sightings,
  detail: BotSuspectedDetail,
  kind: CaseKind,
  opener: { by: string; rationale?: string },
): Promise<Found & { driverId: string }> => {
  const { driverId, evidenceId, release, window } = detail;
  const [record, counts] = await Promise.all([findings.record(evidenceId), findings.find(evidenceId)]);
  return {
    driverId,
    kind,
    evidenceId,
    release,
    item: evidenceOf(detail, record, now(), counts),
    until: Date.parse(window.to),
    ...(record && { after: (since: number) => activityAfter(record, since) }),
    ...opener,
  };
};

/** The same for a finding that a person picked; nothing for one that is not there, or is nobody’s any more. */
export const foundByHand = async (
  sightings: ReturnType<typeof deployedSightings>,
  evidenceId: string,
  opener: { by: string; rationale: string },
): Promise<(Found & { driverId: string }) | undefined> => {
  const finding = await sightings.findings.find(evidenceId);
  const driverId = finding && (await sightings.driverOf(finding.accountKey));
  return finding && driverId !== undefined
    ? foundIn(sightings, detailOf(finding, driverId), kindOf(eventOf(finding)), opener)
    : undefined;
};
