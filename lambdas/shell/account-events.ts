import type { EventBridgeEvent } from 'aws-lambda';
import {
  accountClosed,
  accountClosedDetail,
  accountReopened,
  accountReopenedDetail,
} from '#contract/events.ts';
import { requestErasure } from '#core/identity/erasure/request-erasure.ts';
import { isReopenedSince, reopenAccount } from '#core/identity/reopen-account.ts';
import { log } from './log.ts';

type Deps = Parameters<typeof requestErasure>[0];
type Event = Partial<EventBridgeEvent<string, unknown>>;

/** When what the event tells was decided; an event that does not say is as old as itself. */
const timeOf = (at: string | undefined, { time = '' }: Event) => Date.parse(at ?? time);

/** An account ended: what that leaves without a purpose is erased, by the same way as when its driver asks. */
const onClosed = async (deps: Deps, event: Event): Promise<void> => {
  const { driverId, reason, at } = accountClosedDetail.parse(event.detail);
  if (await isReopenedSince(deps, { driverId, at: timeOf(at, event) }))
    return log.info('account.closed-late');
  const outcome = await requestErasure(deps, { driverId, reason });
  if (outcome.status === 'refused') throw new Error('the erasure was not begun');
  log.info('erasure.requested', { erasureId: outcome.erasure.erasureId });
};

const onReopened = async (deps: Deps, event: Event): Promise<void> => {
  const { driverId, at } = accountReopenedDetail.parse(event.detail);
  const outcome = await reopenAccount(deps, { driverId, at: timeOf(at, event) });
  if (outcome.status === 'refused') throw new Error('the account was not reopened');
  log.info('account.reopened', { outcome: outcome.status });
};

const handlers = { [accountClosed]: onClosed, [accountReopened]: onReopened };

/** What to do for an event about the end of an account, by its `detail-type`; nothing for what is none. */
export const accountEvent = (deps: Deps, event: Event): Promise<void> | undefined =>
  handlers[event['detail-type'] as keyof typeof handlers]?.(deps, event);
