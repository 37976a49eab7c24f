export interface Health {
  status: 'ok' | 'degraded';
  engines: Record<string, 'ok' | 'unreachable'>;
}

/** Asks each engine for something small. One that does not answer makes the service degraded, not silent. */
export const checkHealth = async (engines: Record<string, () => Promise<unknown>>): Promise<Health> => {
  const states = await Promise.all(
    Object.entries(engines).map(async ([name, ask]) => {
      const state = await ask().then(
        () => 'ok' as const,
        () => 'unreachable' as const,
      );
      return [name, state] as const;
    }),
  );
  const status = states.every(([, state]) => state === 'ok') ? 'ok' : 'degraded';
  return { status, engines: Object.fromEntries(states) };
};
