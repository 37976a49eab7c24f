import { sideBySide } from '#core/shared/side-by-side.ts';
import type { Surroundings } from '#core/shared/tries.ts';
import { type Change, changeDevices } from './change-devices.ts';
import { type DriverDevices, findDevice, may, reinstate, suspend } from './device.ts';
import type { DevicesStore } from './devices-store.ts';
import { isShrunken, type StatusList } from './status-list.ts';
import type { FetchStatusList } from './status-list-gateway.ts';
import type { StatusListStore } from './status-list-store.ts';

export interface RefreshDeps extends Surroundings {
  statusList: StatusListStore;
  store: DevicesStore;
  fetchList: FetchStatusList;
}

export interface RefreshOutcome {
  status: 'refreshed' | 'unchanged' | 'unavailable' | 'malformed' | 'shrunken' | 'too-short';
  /** Why the stored list was kept. */
  reason?: string;
  /** How old the stored list is now; infinite: there is none. */
  ageMs: number;
  listed: number;
  added: number;
  removed: number;
  suspended: number;
  reinstated: number;
  /** Phones that could not be changed: the next refresh tries again. */
  unsettled: number;
}

export interface RefreshOptions {
  /** A list of fewer entries is not believed, the first one included. */
  leastEntries?: number;
  /** A person has looked at the list: it is believed however short it is. */
  acceptShrunken?: boolean;
}

/** Why a phone is suspended here; its way back is that no key of its chain is listed any more. */
const keyRevoked = 'key-revoked';
const serialsAtATime = 16;

type Fate = 'suspended' | 'reinstated';

const decide = (
  all: DriverDevices,
  deviceId: string,
  list: StatusList,
  at: number,
): { fate?: Fate; change: Change<never> } => {
  const device = findDevice(all, deviceId);
  if (!device) return { change: { status: 'unchanged' } };
  const { platform, serials, reasons } = device;
  const isListed = serials.some((serial) => list.has(serial));
  const end = (fate: Fate, after: DriverDevices) => ({
    fate,
    change: {
      status: 'change' as const,
      after,
      alongside: { at, notice: { kind: fate, deviceId, platform } },
    },
  });
  if (isListed && may('suspend', device)) return end('suspended', suspend(all, device, keyRevoked));
  if (!isListed && may('reinstate', device) && reasons.includes(keyRevoked))
    return end('reinstated', reinstate(all, device, keyRevoked));
  return { change: { status: 'unchanged' } };
};

/**
 * Brings every phone that has one of these serials in line with the list. It looks at the phones as they are and not
 * at what was done before: whatever an earlier run left undone is done now.
 */
const settlePhones = async (deps: RefreshDeps, serials: Iterable<string>, list: StatusList) => {
  const tally = { suspended: 0, reinstated: 0, unsettled: 0 };
  const unsettledSerials = new Set<string>();
  await sideBySide(serialsAtATime, serials, async (serial) => {
    for (const { accountId, deviceId } of await deps.store.phonesWithSerial(serial)) {
      let fate: Fate | undefined;
      const outcome = await changeDevices<never>(deps, accountId, (all) => {
        const decision = decide(all, deviceId, list, deps.now());
        fate = decision.fate;
        return decision.change;
      });
      if (outcome.status === 'changed' && fate) tally[fate] += 1;
      if (outcome.status === 'refused') {
        tally.unsettled += 1;
        unsettledSerials.add(serial);
      }
    }
  });
  return { tally, unsettledSerials };
};

/** Why a list is not believed. An empty one would vouch for every stolen key. */
const doubtIn = (
  known: StatusList,
  fetched: StatusList,
  { leastEntries = 0, acceptShrunken = false }: RefreshOptions,
): 'too-short' | 'shrunken' | undefined => {
  if (acceptShrunken) return undefined;
  if (fetched.size < leastEntries) return 'too-short';
  return isShrunken(known, fetched) ? 'shrunken' : undefined;
};

/**
 * AK9: reads Google's list and suspends or reinstates phones by it. In this order, so that a run may end anywhere and
 * the next one completes it:
 *
 * 1. new entries: from then on no phone with such a key can be enrolled
 * 2. the phones that have a listed key, all of them on every run
 * 3. entries that are gone, once their phones are reinstated
 * 4. when the list was read: until here the run before counts, and the server is asked for the whole list again
 */
export const refreshStatusList = async (
  deps: RefreshDeps,
  options: RefreshOptions = {},
): Promise<RefreshOutcome> => {
  const { statusList } = deps;
  const known = await statusList.read();
  const askedAt = deps.now();
  const fetched = await deps.fetchList(known.validators);
  const doubt = fetched.status === 'list' ? doubtIn(known.list, fetched.list, options) : undefined;
  const isNew = fetched.status === 'list' && !doubt;
  const list = isNew ? fetched.list : known.list;
  const added = [...list].filter(([serial, status]) => known.list.get(serial) !== status);
  const removed = [...known.list.keys()].filter((serial) => !list.has(serial));

  await statusList.put(added);
  const { tally, unsettledSerials } = await settlePhones(deps, [...list.keys(), ...removed], list);
  await statusList.remove(removed.filter((serial) => !unsettledSerials.has(serial)));
  if (isNew) await statusList.conclude(list, fetched.validators, askedAt);
  if (fetched.status === 'unchanged') await statusList.confirm(askedAt);

  const isFresh = isNew || fetched.status === 'unchanged';
  const fetchedAt = isFresh ? askedAt : known.fetchedAt;
  return {
    status: doubt ?? (fetched.status === 'list' ? 'refreshed' : fetched.status),
    ...('reason' in fetched && { reason: fetched.reason }),
    ageMs: fetchedAt === 0 ? Number.POSITIVE_INFINITY : deps.now() - fetchedAt,
    listed: list.size,
    added: added.length,
    removed: removed.length,
    ...tally,
  };
};

/** Enrolment refuses a list of 24 hours: before that somebody has to know. */
const tellAfterMs = 20 * 3_600_000;

/** What must wake somebody up, as one line; nothing while hourly tries may still mend it. */
export const alarmOf = ({ status, reason, ageMs, unsettled }: RefreshOutcome): string | undefined => {
  if (status === 'shrunken') return 'the status list lost more than half of its entries';
  if (status === 'too-short') return 'the status list has fewer entries than it ever had';
  if (status === 'malformed') return `the status list cannot be read: ${reason}`;
  if (status === 'unavailable' && ageMs > tellAfterMs)
    return `the status list is ${Math.floor(ageMs / 3_600_000)} hours old: ${reason}`;
  return unsettled > 0 ? `${unsettled} phones could not be changed` : undefined;
};
