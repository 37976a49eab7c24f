import { answeredOrUnread } from '#core/shared/dynamodb-store.ts';
import { maxTries, pause, type Surroundings } from '#core/shared/tries.ts';
import type { DriverDevices } from './device.ts';
import type { Alongside, DevicesStore } from './devices-store.ts';

export type Change<Refusal> =
  | { status: 'change'; after: DriverDevices; alongside: Alongside }
  /** It is so already. */
  | { status: 'unchanged' }
  | { status: 'refused'; refusal: Refusal };

export type ChangeOutcome<Refusal> =
  | { status: 'changed' | 'unchanged'; devices: DriverDevices }
  | { status: 'refused'; refusal: Refusal | 'key-in-use' | 'status-list' | 'superseded' | 'try-again' };

/**
 * Reads a driver's phones, lets `decide` say what becomes of them and writes it, on the condition that nothing changed
 * in between; otherwise the same again with what is there now.
 */
export const changeDevices = async <Refusal>(
  deps: Surroundings & { store: DevicesStore },
  accountId: string,
  decide: (devices: DriverDevices) => Change<Refusal>,
): Promise<ChangeOutcome<Refusal>> => {
  for (let attempt = 1; attempt <= maxTries; attempt += 1) {
    const before = await answeredOrUnread(deps.store.read(accountId));
    if (before === 'unread') break;
    const change = decide(before);
    if (change.status === 'refused') return change;
    if (change.status === 'unchanged') return { status: 'unchanged', devices: before };
    const answer = await deps.store.change(before, change.after, change.alongside);
    if (answer === 'done') return { status: 'changed', devices: change.after };
    if (answer === 'key-in-use' || answer === 'status-list' || answer === 'superseded')
      return { status: 'refused', refusal: answer };
    // A write whose answer was lost is found on the next reading, or repeated.
    if (attempt < maxTries) await pause(deps);
  }
  return { status: 'refused', refusal: 'try-again' };
};
