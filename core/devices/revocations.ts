import type { RevokedEpochs } from './revocations-store.ts';

/** Sessions end everywhere within a minute: so old a snapshot may get, less the time that reading one takes. */
const oldestMs = 45_000;
/** From then on a newer one is fetched beside the request, which does not wait for it. */
const freshMs = 20_000;

/**
 * The accounts that ended their sessions lately, kept in the process. A request waits for a read only when the
 * process is new or was idle; when none can be had it is undefined, and nobody's session counts as alive.
 */
export const revocationSnapshot = (
  load: () => Promise<RevokedEpochs>,
  now: () => number,
  failed: (error: unknown) => void,
) => {
  let known: { epochs: RevokedEpochs; at: number } | undefined;
  let loading: Promise<void> | undefined;

  const refresh = () => {
    const startedAt = now();
    const ended = (error?: unknown) => {
      loading = undefined;
      if (error !== undefined) failed(error);
    };
    loading ??= load().then((epochs) => {
      known = { epochs, at: startedAt };
      ended();
    }, ended);
    return loading;
  };
  const age = () => (known ? now() - known.at : Number.POSITIVE_INFINITY);

  return async (): Promise<RevokedEpochs | undefined> => {
    if (age() < freshMs) return known?.epochs;
    const refreshed = refresh();
    if (age() < oldestMs) return known?.epochs;
    await refreshed;
    // A process may sleep for an hour with a read under way.
    if (age() >= oldestMs) await refresh();
    return age() < oldestMs ? known?.epochs : undefined;
  };
};
