import { type OperatorGroup, operatorGroups, type Route } from '#contract/route.ts';
import type { Call, Handle } from '../http.ts';
import type { Refusal } from './refusal.ts';

/** Phones belong to drivers: who publishes blocks or judges drivers has none. */
export const driversOnly =
  <R extends Route>(handle: Handle<R>): Handle<R> =>
  async (call) =>
    call.caller.groups.some((group) => operatorGroups.includes(group as OperatorGroup))
      ? { problem: 'forbidden' }
      : handle(call);

/** What one phone lets another do needs its proof in every mode. */
export const provenOnly =
  <R extends Route>(handle: Handle<R>): Handle<R> =>
  async (call) =>
    call.caller.unproven ? unprovenRefusal(call.caller.unproven) : handle(call);

/** The nonce goes out with every answer: what lacks only that is signed again, in every mode. */
const unprovenRefusal = (reason: string): Refusal => ({
  problem: reason === 'nonce' ? 'use_dpop_nonce' : 'proof-invalid',
  reason,
});

/** A driver's request about the driver's own phones. */
export const own = <R extends Route>({ caller, body, params, requestId }: Call<R>) => ({
  ...params,
  accountId: caller.accountId,
  ...(caller.authenticatedAt !== undefined && { authenticatedAt: caller.authenticatedAt }),
  body,
  requestId,
});

/** The proof that a request brings, and the address that it must name. */
export const proofOf = <R extends Route>({ headers, path }: Call<R>, origin: string) => ({
  proof: headers.dpop,
  url: origin + path,
});
