import { Agent, type IncomingMessage, request } from 'node:http';
import { createClient } from '#contract/client.ts';
import { LocalSystem } from '#local/system.ts';
import { dpopKey } from '#phone/dpop.ts';
import type { SoftwarePhone } from '#phone/enrolment.ts';
import { openSession, type Session } from '#phone/session.ts';
import { softwareAndroid } from '#phone/software-android.ts';
import { softwareIphone } from '#phone/software-iphone.ts';
import { type Chance, chance } from '#test/faults/chance.ts';
import { unique } from '#test/support/builders.ts';
import { kinds } from './kinds.ts';
import { type Holder, type Kind, type Means, type Original, originalOf, type Sent } from './original.ts';
import { Tally } from './tally.ts';

interface Rider {
  session: Session;
  holder: Holder;
  /** The last that the service has told. */
  nonce: string;
}

interface Answer {
  status: number;
  code: string;
  text: string;
  nonce: string | undefined;
}

interface World {
  random: Chance;
  origin: string;
  riders: readonly Rider[];
  stranger: Holder;
  bodies: readonly Buffer[];
  blocks: readonly string[];
  recent: Original[];
  send: (sent: Sent) => Promise<Answer>;
}

const readAll = async (response: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
};

const codeOf = (body: string): string => {
  try {
    return String((JSON.parse(body) as { code?: unknown }).code ?? '');
  } catch {
    return '';
  }
};

/** Plain HTTP: `fetch` would mend paths, methods and headers before they are sent. */
const sender = (url: string) => {
  const { hostname, port } = new URL(url);
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  const send = ({ method, path, headers, body }: Sent) =>
    new Promise<Answer>((resolve, reject) => {
      // Said for every method: bytes that no header announces would be read as the next request.
      const framed = { ...headers, 'content-length': String(body.length) };
      const made = request({ agent, hostname, port, method, path, headers: framed }, (response) => {
        readAll(response).then((text) => {
          const nonce = response.headers['dpop-nonce'];
          resolve({
            status: response.statusCode ?? 0,
            code: codeOf(text),
            text,
            nonce: typeof nonce === 'string' ? nonce : undefined,
          });
        }, reject);
      });
      made.once('error', reject);
      made.end(body);
    });
  return { send, close: () => agent.destroy() };
};

/** Refused before anything was done: who asks is not who the proof says, or there is no such thing to ask for. */
const isRefused = ({ status, code }: Answer): boolean =>
  (status === 401 && ['proof-invalid', 'use_dpop_nonce', 'sign-in-required'].includes(code)) ||
  (status === 404 && code === 'not-found') ||
  (status === 405 && code === 'method-not-allowed');

/** HTTP clients write methods in capitals, the service's clock is its own, and so are its keys. */
const fits = (kind: Kind, lifted: { method: string; clockShift?: number; missing?: string }) =>
  lifted.method === lifted.method.toUpperCase() &&
  kind.name !== 'method: HEAD' &&
  !lifted.clockShift &&
  !lifted.missing;

const enrolled = async (system: LocalSystem, phone: SoftwarePhone): Promise<Rider | undefined> => {
  const user = `${unique('lifted')}@evenfield.test`;
  await system.createUser(user);
  const session = await openSession({ api: system.url, user, phone });
  const answer = await session.enrol();
  if (!answer.ok) {
    // Without a status list of today no Android phone is enrolled; iPhones need none.
    if (phone.platform === 'android') return undefined;
    throw new Error(`an iPhone is not enrolled: ${answer.body.code}`);
  }
  const login = await system.signIn(user);
  const isIphone = phone.platform === 'ios';
  const holder = {
    accountId: session.accountId(),
    key: phone.dpopKey,
    token: '',
    login,
    ...(isIphone && { iphone: phone }),
  };
  return { session, holder, nonce: '' };
};

const renew = async ({ session, holder }: Rider) => {
  const outcome = await session.token();
  if (!outcome.ok) throw new Error(`no token: ${outcome.problem.code}`);
  holder.token = outcome.token.accessToken;
};

const routes = [
  { method: 'POST', isClaim: true },
  { method: 'POST', isClaim: true },
  { method: 'DELETE', isClaim: false },
  { method: 'GET', isClaim: false },
];

const pathOf = (method: string, isClaim: boolean, { random, blocks }: World) => {
  if (isClaim) return '/v1/claims';
  return method === 'DELETE'
    ? `/v1/claims/${random.pick(blocks)}`
    : random.pick(['/v1/schedule', '/v1/stations/DSE1/offers']);
};

const anOriginal = async (world: World, rider: Rider): Promise<Original> => {
  const { random, origin } = world;
  await renew(rider);
  const { method, isClaim } = random.pick(routes);
  const original = originalOf(
    {
      holder: { ...rider.holder },
      method,
      path: pathOf(method, isClaim, world),
      body: isClaim ? random.pick(world.bodies) : Buffer.alloc(0),
      isClaim,
      nonce: isClaim ? rider.nonce : undefined,
    },
    origin,
    crypto.randomUUID(),
    Math.floor(Date.now() / 1_000),
  );
  if (isClaim) original.headers['content-type'] = 'application/json';
  return original;
};

const lift = async (world: World, means: Means, original: Original, from: readonly Kind[], tally: Tally) => {
  for (;;) {
    const kind = world.random.pick(from);
    const lifted = kind.make(original, means);
    if (!lifted || !fits(kind, lifted)) continue;
    const answer = await world.send(lifted);
    if (isRefused(answer)) tally.refused(kind.name, answer.code);
    else
      tally.escaped(kind.name, `answered ${answer.status} ${answer.code}`, {
        ...lifted,
        body: lifted.body.toString(),
      });
    return;
  }
};

const before = kinds.filter(({ when }) => when !== 'after');
const after = kinds.filter(({ when }) => when !== 'before');
const perOriginal = 50;
/** A driver's valid request: half of the liftings before it is sent, then once the request itself, then the others. */
const ride = async (world: World, rider: Rider, liftings: number, tally: Tally) => {
  const original = await anOriginal(world, rider);
  world.recent.push(original);
  if (world.recent.length > 40) world.recent.shift();
  const means: Means = {
    chance: world.random,
    origin: world.origin,
    now: Date.now,
    others: [...world.recent],
    holders: world.riders.map(({ holder }) => holder),
    stranger: world.stranger,
    bodies: world.bodies,
  };
  const half = Math.ceil(liftings / 2);
  for (let count = 0; count < half; count += 1) await lift(world, means, original, before, tally);
  const answer = await world.send(original);
  rider.nonce = answer.nonce ?? rider.nonce;
  // Whether the block is still to be had is another question than whose request it is.
  if (answer.status < 300 || answer.status === 409 || answer.code === 'offer-expired') tally.originals += 1;
  else tally.escaped('an original', `answered ${answer.status} ${answer.text}`, original.headers);
  for (let count = half; count < liftings; count += 1) await lift(world, means, original, after, tally);
};

const publish = async (system: LocalSystem, riders: readonly Rider[]) => {
  const publisher = createClient({
    origin: system.url,
    token: await system.signIn('publisher@evenfield.test'),
  });
  const day = Math.ceil(Date.now() / 86_400_000 + 9) * 86_400_000;
  const blocks = Array.from({ length: 24 }, (_, index) => ({
    startAt: new Date(day + index * 3_600_000).toISOString(),
    endAt: new Date(day + (index + 1) * 3_600_000).toISOString(),
    pay: { amount: 3_000, currency: 'EUR' },
  }));
  const answer = await publisher.publishBlocks({ body: { stationId: 'DSE1', mode: 'direct', blocks } });
  if (!answer.ok) throw new Error(`nothing is published: ${answer.body.code}`);
  for (const patience = Date.now() + 20_000; Date.now() < patience; ) {
    const page = await riders[0]?.session.client.listOffers({ params: { stationId: 'DSE1' } });
    if (page?.ok && page.status === 200 && page.body.offers.length >= blocks.length) return page.body.offers;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the list of offers does not show what was published');
};

export interface SystemExtent {
  liftings: number;
  secondsAtMost?: number;
  seed?: number;
  drivers?: number;
}

/** Real requests of enrolled phones to the whole system, which demands proofs, and what becomes of their liftings. */
export const liftThroughSystem = async ({
  liftings,
  secondsAtMost = Number.POSITIVE_INFINITY,
  seed = 1,
  drivers = 6,
}: SystemExtent): Promise<{ tally: Tally; platforms: Record<string, number> }> => {
  const system = await LocalSystem.start({ attestation: 'enforce' });
  const { send, close } = sender(system.url);
  try {
    const made = await Promise.all(
      Array.from({ length: drivers }, (_, index) =>
        enrolled(system, index % 2 === 0 ? softwareIphone() : softwareAndroid()),
      ),
    );
    const riders = made.filter((rider) => rider !== undefined);
    const offers = await publish(system, riders);
    const configuration = await createClient({ origin: system.url }).getConfiguration();
    if (!configuration.ok) throw new Error('no configuration');
    const world: World = {
      random: chance(seed),
      origin: configuration.body.publicApiOrigin,
      riders,
      stranger: { accountId: 'stranger', key: dpopKey(), iphone: softwareIphone(), token: '', login: '' },
      bodies: offers.map(({ offerToken }) => Buffer.from(JSON.stringify({ offerToken }))),
      blocks: offers.map(({ blockId }) => blockId),
      recent: [],
      send,
    };
    const tally = new Tally();
    for (const rider of riders) {
      await renew(rider);
      const first = originalOf(
        {
          holder: rider.holder,
          method: 'GET',
          path: '/v1/schedule',
          body: Buffer.alloc(0),
          isClaim: false,
          nonce: undefined,
        },
        world.origin,
        crypto.randomUUID(),
        Math.floor(Date.now() / 1_000),
      );
      rider.nonce = (await send(first)).nonce ?? '';
    }
    const end = performance.now() + 1_000 * secondsAtMost;
    let left = liftings;
    const lane = async (lane: number) => {
      while (left > 0 && performance.now() < end) {
        const count = Math.min(perOriginal, left);
        left -= count;
        // One lane for each rider: the counter of an iPhone only grows, and every request at once is a function more.
        await ride(world, riders[lane] as Rider, count, tally);
      }
    };
    await Promise.all(riders.map((_, index) => lane(index)));
    const count = (platform: string) =>
      riders.filter(({ holder }) => (platform === 'ios') === Boolean(holder.iphone)).length;
    return { tally, platforms: { ios: count('ios'), android: count('android') } };
  } finally {
    close();
    await system.stop();
  }
};
