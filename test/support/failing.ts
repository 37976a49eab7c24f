// biome-ignore lint/suspicious/noExplicitAny: the SDK's overloads of send cannot be named otherwise
type Sends = { send(command: any): Promise<any> };

/** An error that no store takes for bad luck: the process ends here. */
const killed = () => Object.assign(new Error('killed'), { name: 'ResourceNotFoundException' });
/** No answer came: it may have been written. */
const unanswered = () => Object.assign(new Error('socket hang up'), { name: 'TimeoutError' });

/**
 * Counts what is sent, over several clients, and fails one of it: before the engine saw it or after it wrote. Left out:
 * none.
 */
export const failingAt = (
  which?: number | ((name: string) => boolean),
  when: 'before' | 'after' = 'before',
  error: 'killed' | 'unanswered' = 'killed',
) => {
  const state = { sent: [] as string[], failed: false };
  const wrap = <T extends object>(client: T): T =>
    ({
      send: async (command: { constructor: { name: string } }) => {
        const { name } = command.constructor;
        state.sent.push(name);
        const isIt =
          !state.failed &&
          (typeof which === 'function' ? which(name) : which !== undefined && state.sent.length === which);
        if (isIt) state.failed = true;
        const failure = () => (error === 'killed' ? killed() : unanswered());
        if (isIt && when === 'before') throw failure();
        const answer = await (client as unknown as Sends).send(command);
        if (isIt) throw failure();
        return answer;
      },
    }) as unknown as T;
  return { state, wrap };
};
