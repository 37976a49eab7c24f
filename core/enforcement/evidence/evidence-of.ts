import { createHash } from 'node:crypto';
import type { EvidenceRecord } from '#contract/detection-review.ts';
import type { EvidenceItem } from '#contract/enforcement.ts';
import type { BotSuspectedDetail, FindingReason } from '#contract/findings.ts';
import { unpackDoubles } from '#core/detection/findings/finding.ts';

/** What would be worth nothing once it were shown: it may start a look, and nothing is ever built on it. */
const secretSources = ['canary'];

const visibilityOf = (release: string): EvidenceItem['visibility'] =>
  secretSources.some((source) => release.startsWith(`${source}-v`)) ? 'staff' : 'driver';

const wordsOf = ({ words, value }: FindingReason): string =>
  value === null ? words : `${words} (${Number(value.toPrecision(3))})`;

/** Names and values as the model saw them; what the log did not say is left out. */
const featuresOf = ({ features, row }: EvidenceRecord): Record<string, number> => {
  const values = unpackDoubles(row);
  const known = features.map((name, index) => [name, values[index] ?? Number.NaN] as const);
  return Object.fromEntries(known.filter(([, value]) => Number.isFinite(value)));
};

/**
 * A finding as something that a case can rest on. Its hash is of the record from which the finding can be computed again,
 * bit for bit (`npm run replay`); without one, of what was told.
 */
export const evidenceOf = (
  detail: BotSuspectedDetail,
  record: EvidenceRecord | undefined,
  addedAt: number,
  counts?: { events: number; activeDays: number },
): EvidenceItem => ({
  itemId: `finding-${detail.evidenceId}`,
  nature: 'derived',
  source: detail.release,
  sha256: createHash('sha256')
    .update(JSON.stringify(record ?? detail))
    .digest('hex'),
  ...(detail.modelHash && { modelHash: detail.modelHash }),
  ...(detail.calibrationId && { calibrationId: detail.calibrationId }),
  ...(detail.pValue !== undefined && { pValue: detail.pValue }),
  evidenceId: detail.evidenceId,
  window: detail.window,
  ...(counts && { events: counts.events, days: counts.activeDays }),
  words: detail.reasons.map(wordsOf),
  ...(record && record.features.length > 0 && { features: featuresOf(record) }),
  visibility: visibilityOf(detail.release),
  addedAt: new Date(addedAt).toISOString(),
});
