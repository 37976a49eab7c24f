import { setImmediate as nextTurn } from 'node:timers/promises';
import { failingAt } from './failing.ts';

/** Processes that die, wait or meet others, by what stands around whatever they send. */

type Sends = { send(command: object): Promise<unknown> };

/** A process that ends right before a call: nothing that it would still do is done. */
export const dyingAt = (which?: number) => {
  const fault = failingAt(which);
  const wrap = <Client extends Sends>(client: Client): Client => {
    const inner = fault.wrap(client);
    return {
      send: async (command: object) => {
        if (fault.state.failed) throw new Error('nobody is there any more');
        return inner.send(command);
      },
    } as Client;
  };
  return { ...fault, wrap };
};

/** Calls of this name fail. */
export const losing = <Client extends Sends>(client: Client, name: string): Client =>
  ({
    send: async (command: object) => {
      if (command.constructor.name === name) throw new Error(`no ${name}`);
      return client.send(command);
    },
  }) as Client;

/** Calls of several processes, one after the other, as chance wants it. */
export const inTurns = (chances: Iterator<number>) => {
  const waiting: (() => Promise<void>)[] = [];
  const state = { isBusy: false };
  const goOn = async () => {
    if (state.isBusy) return;
    state.isBusy = true;
    for (await nextTurn(); waiting.length > 0; await nextTurn())
      await waiting.splice(chances.next().value % waiting.length, 1)[0]?.();
    state.isBusy = false;
  };
  return <Client extends Sends>(client: Client): Client =>
    ({
      send: (command: object) =>
        new Promise((resolve, reject) => {
          waiting.push(() => client.send(command).then(resolve, reject));
          void goOn();
        }),
    }) as unknown as Client;
};

/** A process that stands still before one of its calls until it is told to go on. */
export const pausingAt = (which: number) => {
  const [arrived, opened] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let count = 0;
  const wrap = <Client extends Sends>(client: Client): Client =>
    ({
      send: async (command: object) => {
        count += 1;
        if (count === which) {
          arrived.resolve();
          await opened.promise;
        }
        return client.send(command);
      },
    }) as Client;
  return { wrap, arrived: arrived.promise, goOn: opened.resolve };
};
