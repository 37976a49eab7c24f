import type { Surroundings } from '#core/shared/tries.ts';
import { changeDevices } from './change-devices.ts';
import type { Alongside, DevicesStore } from './devices-store.ts';
import { lift, restrict } from './sessions.ts';

export interface RestrictDeps extends Surroundings {
  store: DevicesStore;
  /** Whether it is still to be so, looked at in the same transaction: a slow process restricts nobody after the undoing. */
  onlyIf?: Alongside['onlyIf'];
}

/** The account that a case is about. */
interface Restriction {
  accountId: string;
  caseId: string;
}

type Unsure = { status: 'refused'; code: 'try-again' };
const unsure: Unsure = { status: 'refused', code: 'try-again' };
const refusedBy = (refusal: string): Unsure | { status: 'superseded' } =>
  refusal === 'superseded' ? { status: 'superseded' } : unsure;

const alongsideOf = ({ onlyIf }: RestrictDeps, at: number): Alongside => ({ at, ...(onlyIf && { onlyIf }) });

export type RestrictOutcome =
  /** `by`: this case, or the one that was there first. */
  | { status: 'restricted'; by: string }
  /** It is not to be so any more. */
  | { status: 'superseded' }
  | Unsure;

/**
 * What two people decided takes effect: every session ends within a minute, and no phone of the account gets another one
 * or does anything; a login still reads what was decided, and appeals. Doing it again changes nothing.
 */
export const restrictAccount = async (
  deps: RestrictDeps,
  { accountId, caseId }: Restriction,
): Promise<RestrictOutcome> => {
  const at = deps.now();
  const outcome = await changeDevices<never>(deps, accountId, (all) =>
    all.restrictedBy === undefined
      ? { status: 'change', after: restrict(all, caseId), alongside: alongsideOf(deps, at) }
      : { status: 'unchanged' },
  );
  return outcome.status === 'refused'
    ? refusedBy(outcome.refusal)
    : { status: 'restricted', by: outcome.devices.restrictedBy ?? caseId };
};

export type LiftOutcome =
  | { status: 'lifted' }
  /** Another case holds it. */
  | { status: 'kept'; by: string }
  /** It is to be restricted again. */
  | { status: 'superseded' }
  | Unsure;

/** The way back: the phones are as they were, and the next token works. Doing it again changes nothing. */
export const liftRestriction = async (
  deps: RestrictDeps,
  { accountId, caseId }: Restriction,
): Promise<LiftOutcome> => {
  const at = deps.now();
  const outcome = await changeDevices<never>(deps, accountId, (all) =>
    all.restrictedBy === caseId
      ? { status: 'change', after: lift(all), alongside: alongsideOf(deps, at) }
      : { status: 'unchanged' },
  );
  if (outcome.status === 'refused') return refusedBy(outcome.refusal);
  const { restrictedBy } = outcome.devices;
  return restrictedBy === undefined ? { status: 'lifted' } : { status: 'kept', by: restrictedBy };
};
