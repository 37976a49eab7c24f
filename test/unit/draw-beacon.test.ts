import { createHash } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { localBeaconKey } from '#contract/sharing-policy.ts';
import { isBeaconValue } from '#core/draws/beacon.ts';
import { beaconGateway } from '#core/draws/beacon-gateway.ts';
import { closeWithBeacon, firstRoundFrom, timeOfRound } from '#core/draws/beacon-rounds.ts';
import { knownBeacon, quicknet } from '#core/draws/known-beacons.ts';
import production from '../../lib/stages/production.json' with { type: 'json' };

/** Values of drand's own chain, as its servers gave them. */
const known = {
  657413: {
    signature:
      'b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b',
    randomness: 'fc1873a13f3545aeade8401532ef5519920652eee6b0d2b19ca12643b87b3587',
  },
  1000: {
    signature:
      'b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39',
  },
} as const;
const { signature } = known[1000];

describe('a value of the beacon', () => {
  it('is the chain’s own of that round', () => {
    expect(isBeaconValue(quicknet, 1000, signature)).toBe(true);
    expect(isBeaconValue(quicknet, 657_413, known[657413].signature)).toBe(true);
    const randomness = createHash('sha256').update(Buffer.from(known[657413].signature, 'hex')).digest('hex');
    expect(randomness).toBe(known[657413].randomness);
  });

  it('is of one round and of one chain', () => {
    for (const round of [999, 1001, 657_413, 0, -1, 2 ** 53])
      expect(isBeaconValue(quicknet, round, signature)).toBe(false);
    expect(isBeaconValue({ ...quicknet, publicKey: localBeaconKey }, 1000, signature)).toBe(false);
    for (const publicKey of ['', '00'.repeat(96), `c0${'00'.repeat(95)}`])
      expect(isBeaconValue({ ...quicknet, publicKey }, 1000, signature)).toBe(false);
  });

  it('is refused with a bit changed, whichever', () => {
    const bytes = Buffer.from(signature, 'hex');
    fc.assert(
      fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
        const changed = Buffer.from(bytes);
        changed[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
        return !isBeaconValue(quicknet, 1000, changed.toString('hex'));
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    ['in upper case', signature.toUpperCase()],
    ['one byte short', signature.slice(2)],
    ['one byte long', `${signature}00`],
    ['of odd length', signature.slice(1)],
    ['with a line feed', `${signature}\n`],
    ['nothing', ''],
    ['the point at infinity', `c0${'00'.repeat(47)}`],
    ['a point off the curve', `80${'00'.repeat(46)}01`],
    ['a coordinate that is no element of the field', `9f${'ff'.repeat(47)}`],
    ['without the flag of a compressed point', `3${signature.slice(1)}`],
    ['its negative', `9${signature.slice(1)}`],
    // (0, 2), on the curve and in a group of three points.
    ['a point of a small group', `80${'00'.repeat(47)}`],
  ])('is refused: %s', (_, text) => {
    expect(isBeaconValue(quicknet, 1000, text)).toBe(false);
  });

  it('comes from a chain that a checker knows', () => {
    expect(production.sharing.draws.beacon).toEqual(quicknet);
    expect(knownBeacon(quicknet)).toBe('quicknet');
    expect(knownBeacon({ ...quicknet, publicKey: localBeaconKey })).toBe('local');
    const others = [
      { publicKey: `a${quicknet.publicKey.slice(1)}` },
      { chainHash: '00'.repeat(32) },
      { genesis: quicknet.genesis + 3 },
      { period: 30 },
    ];
    for (const other of others) expect(knownBeacon({ ...quicknet, ...other })).toBe(undefined);
  });

  it('comes after the close, by the time that it takes to seal and less than a round more', () => {
    const aTime = fc.integer({ min: quicknet.genesis * 1_000, max: 4e12 });
    fc.assert(
      fc.property(aTime, fc.integer({ min: 2, max: 900 }), fc.integer({ min: 100, max: 10_000 }), (...of) => {
        const [opensAt, seconds, sealMs] = of;
        const { closesAt, round } = closeWithBeacon(quicknet, { opensAt, seconds, sealMs });
        const open = closesAt - opensAt - seconds * 1_000;
        expect(timeOfRound(quicknet, round) - closesAt).toBe(sealMs);
        expect(open >= 0 && open < quicknet.period * 1_000).toBe(true);
        expect(firstRoundFrom(quicknet, closesAt + sealMs)).toBe(round);
      }),
    );
  });
});

describe('asking for a value', () => {
  let running: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    await Promise.all(running.map((stop) => stop()));
    running = [];
  });

  /** A server of the beacon, and what it was asked for. */
  const aServer = async (answer: RequestListener) => {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url);
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    running.push(() => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    });
    return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  };
  const saying = (status: number, body: string) =>
    aServer((_, response) => response.writeHead(status).end(body));
  const genuine = () =>
    saying(200, JSON.stringify({ round: 1000, randomness: 'whatever', signature, previous_signature: '' }));
  const ask = (...servers: { url: string }[]) =>
    beaconGateway({ chain: quicknet, urls: servers.map(({ url }) => url) })(1000);

  it('asks the first server alone when it knows', async () => {
    const [first, second] = [await genuine(), await genuine()];
    expect(await ask({ url: `${first.url}/` }, second)).toEqual({ status: 'known', signature });
    expect(first.asked).toEqual([`/${quicknet.chainHash}/public/1000`]);
    expect(second.asked).toEqual([]);
  });

  it('believes no server', async () => {
    const wrong = [
      JSON.stringify({ round: 1000, signature: known[657413].signature }),
      JSON.stringify({ round: 1000, signature: signature.toUpperCase() }),
      JSON.stringify({ round: 1000, signature: [signature] }),
      JSON.stringify({ round: 1000 }),
      'null',
      '[]',
      '<html>',
      '',
      `{"signature":"${signature}","more":"${' '.repeat(5_000)}"}`,
    ];
    const servers = await Promise.all(wrong.map((body) => saying(200, body)));
    expect(await ask(...servers)).toEqual({ status: 'unavailable' });
    expect(await ask(...servers, await genuine())).toEqual({ status: 'known', signature });
  });

  it('asks the next one when a server fails, refuses, redirects or is silent', async () => {
    const elsewhere = await genuine();
    const failing = [
      { url: 'http://127.0.0.1:1' },
      await saying(500, ''),
      await aServer((_, response) => response.writeHead(302, { location: elsewhere.url }).end()),
      await aServer((_, response) => response.writeHead(200).write('{"signature":"')),
      await aServer(({ socket }) => socket.destroy()),
    ];
    const start = performance.now();
    expect(await ask(...failing)).toEqual({ status: 'unavailable' });
    expect(performance.now() - start).toBeLessThan(2_500);
    expect(elsewhere.asked).toEqual([]);
    expect(await ask(...failing, await genuine())).toEqual({ status: 'known', signature });
  });

  it('tells a round that is to come, and asks the others whether they have it already', async () => {
    for (const status of [404, 425]) {
      const early = await saying(status, '');
      expect(await ask(early)).toEqual({ status: 'not-yet' });
      expect(await ask(early, { url: 'http://127.0.0.1:1' })).toEqual({ status: 'not-yet' });
      expect(await ask(early, await genuine())).toEqual({ status: 'known', signature });
    }
  });

  it('does not begin with what is no address of a server', () => {
    for (const url of ['api.drand.sh', 'ftp://api.drand.sh', ''])
      expect(() => beaconGateway({ chain: quicknet, urls: [url] })).toThrow();
  });
});
