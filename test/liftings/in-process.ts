import { checkProof, type ProofOutcome } from '#core/devices/check-proof.ts';
import { claimAssertion } from '#core/devices/claim-assertion.ts';
import { type DeviceTokenClaims, signDeviceToken } from '#core/devices/device-token.ts';
import { issueNonce } from '#core/devices/nonce.ts';
import type { ProofsStore } from '#core/devices/proofs-store.ts';
import { signOffer } from '#core/offers/offer-token.ts';
import type { KeyGenerations } from '#core/shared/key-generations.ts';
import { iosAppId } from '#phone/app-identity.ts';
import { dpopKey } from '#phone/dpop.ts';
import { softwareIphone } from '#phone/software-iphone.ts';
import { chance } from '#test/faults/chance.ts';
import { anOffer } from '#test/support/builders.ts';
import { kinds } from './kinds.ts';
import {
  type Holder,
  type Kind,
  type Lifted,
  type Means,
  type Original,
  originalOf,
  type Sent,
} from './original.ts';
import { Tally } from './tally.ts';

const origin = 'https://api.example.com';
const keys: KeyGenerations = {
  current: '2',
  keys: new Map(['2', '1'].map((id) => [id, `a key for tests ${id}`])),
};
const foreignKeys: KeyGenerations = { current: '3', keys: new Map([['3', 'a key of somebody else']]) };
const epoch = 1;
const perBatch = 30;

const claimsOf = (
  { accountId, key, iphone, isOld }: Omit<Holder, 'token'>,
  now: number,
): DeviceTokenClaims => {
  const iat = Math.floor(now / 1_000);
  return {
    sub: accountId,
    did: accountId.padEnd(22, '0'),
    cnf: { jkt: key.jkt },
    pf: iphone ? 'ios' : 'android',
    tier: 'A',
    ep: epoch,
    ...(iphone && { ak: iphone.point.subarray(1).toString('base64url'), app: iosAppId }),
    ...(iphone && !isOld && { vc: true as const }),
    iat,
    exp: iat + 600,
  };
};

/** A third of the phones are new iPhones, a sixth are older ones, and half are Android's. */
const aHolder = (index: number): Holder => {
  const key = dpopKey();
  const isOld = index % 6 === 2;
  const iphone =
    index % 2 === 0 ? softwareIphone({ dpopKey: key, ...(isOld && { ios27: false }) }) : undefined;
  return {
    accountId: `driver-${index}`,
    key,
    isOld,
    ...(iphone && { iphone }),
    token: '',
    login: `login.of.driver-${index}`,
  };
};

/** As the table decides: one conditional write each. */
const aLedger = () => {
  const used = new Map<string, string>();
  const counters = new Map<string, { counter: number; requestId: string }>();
  const store: ProofsStore = {
    useProof: async ({ jkt, jti }, requestId) => {
      const first = used.get(`${jkt}#${jti}`) ?? requestId;
      used.set(`${jkt}#${jti}`, first);
      return first === requestId ? 'first' : 'used';
    },
    advanceCounter: async ({ accountId, deviceId }, counter, requestId) => {
      const known = counters.get(`${accountId}#${deviceId}`) ?? { counter: 0, requestId: '' };
      if (counter < known.counter || (counter === known.counter && requestId !== known.requestId))
        return 'used';
      counters.set(`${accountId}#${deviceId}`, { counter, requestId });
      return 'first';
    },
  };
  return store;
};

const aWorld = (seed: number) => {
  const random = chance(seed);
  const clock = { at: Date.now(), shift: 0 };
  const missing: { what?: Lifted['missing'] } = {};
  const holders = Array.from({ length: 24 }, (_, index) => aHolder(index));
  const ledger = aLedger();
  const logins = new Map(holders.map(({ login, accountId }) => [`Bearer ${login}`, accountId]));
  const check = checkProof({
    signIn: async (authorization = '') => {
      const accountId = logins.get(authorization);
      return accountId ? { status: 'signed-in', accountId, groups: [] } : { status: 'refused' };
    },
    modeOf: () => 'enforce',
    keys: async () => keys,
    revokedEpochs: async () =>
      missing.what === 'revocations'
        ? undefined
        : new Map(holders.map(({ accountId }) => [accountId, { epoch, loginsSince: 0 }])),
    proofs: {
      useProof: async (...use) => (missing.what === 'ledger' ? 'unknown' : ledger.useProof(...use)),
      advanceCounter: async (...use) =>
        missing.what === 'ledger' ? 'unknown' : ledger.advanceCounter(...use),
    },
    origin,
    now: () => clock.at + clock.shift,
    checkAssertion: claimAssertion({ validationCategories: [4], allowMissingCategory: true }),
  });
  let requests = 0;
  const send = async (
    sent: Sent,
    isClaim: boolean,
    { clockShift = 0, missing: what }: Partial<Lifted> = {},
  ) => {
    requests += 1;
    clock.shift = clockShift;
    if (what) missing.what = what;
    try {
      const { method, path, headers, body } = sent;
      return await check({
        requestId: `request-${requests}`,
        method,
        path,
        headers,
        body: () => body,
        isClaim,
      });
    } finally {
      clock.shift = 0;
      delete missing.what;
    }
  };
  return { random, clock, holders, send };
};

type World = ReturnType<typeof aWorld>;

const offers = Array.from({ length: 40 }, (_, index) =>
  Buffer.from(JSON.stringify({ offerToken: signOffer(keys, anOffer({ blockId: `block-${index}` })) })),
);

const requestsOf = [
  { method: 'POST', path: () => '/v1/claims', isClaim: true },
  { method: 'POST', path: () => '/v1/claims', isClaim: true },
  { method: 'DELETE', path: (n: number) => `/v1/claims/block-${n}`, isClaim: false },
  {
    method: 'POST',
    path: (n: number) => `/v1/devices/${String(n).padEnd(22, 'd')}/approval`,
    isClaim: false,
  },
  { method: 'GET', path: () => '/v1/stations/DSE1/offers', isClaim: false },
  { method: 'GET', path: () => '/v1/schedule', isClaim: false },
];

const makeOriginal = ({ random, clock, holders }: World, serial: number): Original => {
  const holder = random.pick(holders);
  const { method, path, isClaim } = random.pick(requestsOf);
  const body = isClaim ? random.pick(offers) : Buffer.alloc(0);
  const nonce = isClaim ? issueNonce(keys, clock.at) : undefined;
  const parts = { holder, method, path: path(random.below(1_000)), body, isClaim, nonce };
  return originalOf(parts, origin, `jti-${serial}-${random.below(1e9)}`, Math.floor(clock.at / 1_000));
};

const describe = (outcome: ProofOutcome) =>
  outcome.status === 'refused' ? (outcome.reason ?? outcome.code) : undefined;

/** Kinds that sign something anew cost several times as much: they are tried less often. */
const dearShare = 0.12;
const isDear = ({ name }: Kind) => /^(phone signed|token|assertion)/.test(name);
const choiceOf = (all: readonly Kind[]) => ({
  dear: all.filter(isDear),
  cheap: all.filter((kind) => !isDear(kind)),
});
type Choice = ReturnType<typeof choiceOf>;
const before = choiceOf(kinds.filter(({ when }) => when !== 'after'));
const after = choiceOf(kinds.filter(({ when }) => when !== 'before'));

/** A lifting of a kind that fits the original; of the dear ones the kind that was tried least. */
const choose = (world: World, means: Means, original: Original, { dear, cheap }: Choice, tally: Tally) => {
  const isFromDear = world.random.happens(dearShare);
  const triedOf = ({ name }: Kind) => tally.kinds.get(name)?.count ?? 0;
  const order = isFromDear ? dear.toSorted((one, other) => triedOf(one) - triedOf(other)) : [];
  for (const kind of order) {
    const lifted = kind.make(original, means);
    if (lifted) return { kind, lifted };
  }
  for (;;) {
    const kind = world.random.pick(cheap);
    const lifted = kind.make(original, means);
    if (lifted) return { kind, lifted };
  }
};

const lift = async (world: World, means: Means, original: Original, from: Choice, tally: Tally) => {
  const { kind, lifted } = choose(world, means, original, from, tally);
  const request = { ...lifted, body: lifted.body.toString('base64') };
  // A route takes a claim by its method and path, and then asks for more.
  const isClaim = lifted.method === 'POST' && lifted.path === '/v1/claims';
  try {
    const outcome = await world.send(lifted, isClaim, lifted);
    const reason = describe(outcome);
    if (reason === undefined) tally.escaped(kind.name, 'accepted', request);
    else tally.refused(kind.name, reason);
  } catch (error) {
    tally.escaped(kind.name, `threw ${(error as Error).stack}`, request);
  }
};

export interface Extent {
  liftings: number;
  secondsAtMost?: number;
  seed?: number;
  perOriginal?: number;
}

/** The product's own check of proofs, with a ledger in memory: valid requests used once, and everything made of them. */
export const liftInProcess = async ({
  liftings,
  secondsAtMost = Number.POSITIVE_INFINITY,
  seed = 1,
  perOriginal = 250,
}: Extent): Promise<Tally> => {
  const world = aWorld(seed);
  const tally = new Tally();
  const end = performance.now() + 1_000 * secondsAtMost;
  const stranger: Holder = { ...aHolder(0), accountId: 'stranger', token: '' };
  const isEnough = () => tally.count >= liftings || performance.now() > end;
  while (!isEnough()) {
    world.clock.at += 20_000;
    for (const holder of world.holders)
      holder.token = signDeviceToken(keys, claimsOf(holder, world.clock.at));
    const batch = Array.from({ length: perBatch }, (_, index) =>
      makeOriginal(world, tally.originals + index),
    );
    const means: Means = {
      chance: world.random,
      origin,
      now: () => world.clock.at,
      others: batch,
      holders: world.holders,
      stranger,
      bodies: offers,
      nonceAt: (at) => issueNonce(keys, at),
      signToken: (holder, changes, generation) =>
        signDeviceToken(generation ? foreignKeys : keys, { ...claimsOf(holder, world.clock.at), ...changes }),
    };
    for (const original of batch) {
      if (isEnough()) break;
      for (let count = 0; count < perOriginal / 2 && !isEnough(); count += 1)
        await lift(world, means, original, before, tally);
      const outcome = await world.send(original, original.isClaim);
      if (outcome.status === 'proven' && outcome.account.accountId === original.holder.accountId)
        tally.originals += 1;
      else tally.escaped('an original', `not accepted: ${JSON.stringify(outcome)}`, original.headers);
      for (let count = 0; count < perOriginal / 2 && !isEnough(); count += 1)
        await lift(world, means, original, after, tally);
    }
  }
  return tally;
};
