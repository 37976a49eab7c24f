import { type CaseKind, type EvidenceItem, type ReasonCode, reasonCode } from '#contract/enforcement.ts';
import type { Clocks, Jurisdiction } from '#contract/jurisdiction.ts';
import { type EvidenceTest, reasons } from '#contract/reasons.ts';

/** Which grounds can be relied on: by what is in force, and by what the evidence bears. */

type Place = Pick<Jurisdiction, 'clocks'>;
const dayMs = 86_400_000;

/** When a ground may be relied on under a profile, in milliseconds since the epoch. */
export const enforceableFrom = (code: ReasonCode, { clocks }: Place): number =>
  Date.parse(reasons[code].publishedOn) + clocks.publicationDays * dayMs;

export const isEnforceable = (code: ReasonCode, place: Place, now: number): boolean =>
  now >= enforceableFrom(code, place);

/** How long a warning for it counts, in days: never longer than the profile says. */
export const strikeDaysOf = (code: ReasonCode, clocks: Clocks): number =>
  Math.min(reasons[code].strikeDays ?? clocks.strikeDays, clocks.strikeDays);

/** Whether repeating it can end an account; of the others a warning is all that ever follows. */
export const leadsToRemoval = (code: ReasonCode): boolean => reasons[code].severity === 'removal';

const holds = (test: EvidenceTest, { source, pValue }: EvidenceItem): boolean =>
  test.by === 'model'
    ? /^model-[0-9a-f]+$/.test(source) && pValue !== undefined && pValue >= 0 && pValue <= test.mostPValue
    : new RegExp(`^${test.rule}-v\\d+$`).test(source);

/** Whether what is cited is the least that the ground asks for. What the driver may not see counts for nothing. */
export const bears = (code: ReasonCode, cited: readonly EvidenceItem[]): boolean =>
  cited.some(
    (item) => item.visibility === 'driver' && reasons[code].minimumEvidence.some((test) => holds(test, item)),
  );

/** Grounds that can be cited in a case now. */
export const reasonCodesFor = (
  kind: CaseKind,
  evidence: readonly EvidenceItem[],
  place: Place,
  now: number,
): ReasonCode[] =>
  reasonCode.options.filter(
    (code) => reasons[code].kinds.includes(kind) && isEnforceable(code, place, now) && bears(code, evidence),
  );
