import { type Jurisdiction, jurisdictionOf } from '#contract/jurisdiction.ts';
import type { Case, RenderedNotice } from './case.ts';
import type { EnforcementDeps } from './enforcement-deps.ts';
import type { NoticeFacts } from './notices/facts.ts';
import { renderNotice } from './notices/render.ts';
import type { DecisionWorld } from './rules/decide.ts';
import type { World } from './rules/world.ts';

/** A notice that lacks something is never sent, and what it was to tell of does not happen. */
export const renderIn =
  (locale: string | undefined) =>
  (facts: NoticeFacts): RenderedNotice => {
    const rendered = renderNotice(facts, locale);
    if (rendered.status === 'unresolved') throw new Error(`the notice lacks ${rendered.placeholder}`);
    const { status: _, words: __, ...notice } = rendered;
    return notice;
  };

/** Everything that the rules decide about a case from. */
export const readWorld = async (
  deps: EnforcementDeps,
  caseId: string,
): Promise<(World & { jurisdiction: Jurisdiction }) | undefined> => {
  const one = await deps.cases.read(caseId);
  if (!one) return undefined;
  const { driverId, stationId } = one;
  const [standing, locale, phones] = await Promise.all([
    deps.cases.standing(driverId),
    deps.localeOf(driverId),
    deps.phonesOf(driverId),
  ]);
  const jurisdiction = jurisdictionOf(one.jurisdiction);
  return {
    case: one,
    standing,
    now: deps.now(),
    jurisdiction,
    clocks: jurisdiction.clocks,
    timeZone: deps.timeZoneOf(stationId),
    phones,
    contact: deps.contact,
    render: renderIn(locale),
  };
};

/** The driver’s cases that rest on the warning of this one. */
const dependentsOf = async (deps: EnforcementDeps, { caseId }: Case, cases: readonly string[]) => {
  const others = await Promise.all(cases.filter((id) => id !== caseId).map((id) => deps.cases.read(id)));
  return others.flatMap((other) => (other?.restsOn === caseId ? [other] : []));
};

export const readDecisionWorld = async (
  deps: EnforcementDeps,
  caseId: string,
): Promise<DecisionWorld | undefined> => {
  const world = await readWorld(deps, caseId);
  if (!world) return undefined;
  const [dependents, booked] = await Promise.all([
    dependentsOf(deps, world.case, world.standing.cases),
    deps.effects.blocksToTakeBack(world.case.driverId, world.now),
  ]);
  return { ...world, dependents, bookedBlocks: booked.length };
};
