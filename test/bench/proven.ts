import { claimBlock } from '#contract/claims.ts';
import { softwareAndroid } from '#phone/software-android.ts';
import { softwareIphone } from '#phone/software-iphone.ts';
import { openDevices, writeStatusList } from '#test/support/phones.ts';
import type { Bill } from './capacity.ts';
import type { BenchContext } from './context.ts';
import { startMeter } from './meter.ts';
import { type Measurement, median } from './metric.ts';
import { aBlock, aDriver, blocksPerWeek, offerTokenOf, publish, startOf } from './offers.ts';
import { type BoundPhone, claimProof } from './phones.ts';
import { apiEvent, attestation, startWarmFunction, type WarmFunction } from './warm-function.ts';

/** Drivers without end, each with a phone that is enrolled and has its token. */
const startPhones = async ({ engine }: BenchContext) => {
  const clock = { at: Date.now() };
  const devices = openDevices(engine.client, engine.devicesTable, clock);
  await writeStatusList(engine.client, engine.devicesTable, clock.at);
  let drivers = 6_000_000;
  return async (platform: 'ios' | 'android'): Promise<BoundPhone> => {
    clock.at = Date.now();
    const accountId = aDriver(drivers++);
    const phone = platform === 'ios' ? softwareIphone() : softwareAndroid();
    const enrolled = await devices.enrol(accountId, phone);
    const issued = await devices.token(accountId, phone);
    if (issued.status !== 'issued')
      throw new Error(`a phone got no token: ${JSON.stringify([enrolled, issued])}`);
    return { phone, accountId, accessToken: issued.accessToken };
  };
};

type NextPhone = Awaited<ReturnType<typeof startPhones>>;

/** One driver's full week: offers that he is about to win. */
const weekOfOffers = async ({ engine }: BenchContext): Promise<string[]> => {
  const blocks = Array.from({ length: blocksPerWeek }, (_, index) => aBlock({ startsAt: startOf(index) }));
  await publish(engine, blocks);
  return blocks.map(offerTokenOf);
};

const provenEvent = (warm: WarmFunction, phone: BoundPhone, offerToken: string, nonce?: string) => {
  const body = { offerToken };
  const proof = claimProof(phone, { body: JSON.stringify(body), nonce });
  return apiEvent(claimBlock, { headers: { ...warm.edgeHeaders, ...proof }, body });
};

/** As a phone learns it: from the answer to a claim without one. The function's first claim, which also reads. */
const learnNonce = async (warm: WarmFunction, phone: BoundPhone): Promise<string> => {
  const inputs = [provenEvent(warm, phone, 'none')];
  const { lastHeaders } = await warm.run({ subject: 'handler', inputs, expected: '401' });
  const nonce = lastHeaders['dpop-nonce'];
  if (!nonce) throw new Error('a claim without a nonce was not told one');
  return nonce;
};

/** Every win of a stage that insists, one by one, counted between the deployed function and the engine. */
const billWins = async (context: BenchContext, nextPhone: NextPhone): Promise<Bill[]> => {
  const meter = await startMeter(context.engine.endpoint);
  const warm = await startWarmFunction('claims', context, {
    AWS_ENDPOINT_URL_DYNAMODB: meter.endpoint,
    ATTESTATION: attestation('enforce'),
  });
  try {
    const weeks = await Promise.all(
      Array.from({ length: context.quick ? 2 : 10 }, async (_, index) => ({
        phone: await nextPhone(index % 2 ? 'ios' : 'android'),
        offers: await weekOfOffers(context),
      })),
    );
    const nonce = await learnNonce(warm, await nextPhone('android'));
    const { calls, rcu } = meter.take();
    context.progress(`a new function reads the ended sessions: ${calls} call, ${rcu} RCU`);
    const bills: Bill[] = [];
    for (const { phone, offers } of weeks)
      for (const offer of offers) {
        const inputs = [provenEvent(warm, phone, offer, nonce)];
        await warm.run({ subject: 'handler', inputs, expected: '201' });
        bills.push(meter.take());
      }
    return bills;
  } finally {
    warm.stop();
    meter.stop();
  }
};

/** A stage that only measures takes both: claims with a proof and claims with the login alone, in turns. */
const compareCpu = async (context: BenchContext, nextPhone: NextPhone) => {
  const warm = await startWarmFunction('claims', context, { ATTESTATION: attestation('measure') });
  const batch = async (subject: 'proven' | 'login', weeks: number, nonce: string): Promise<number> => {
    const inputs: object[] = [];
    for (let week = 0; week < weeks; week += 1) {
      const phone = await nextPhone('android');
      const login = await warm.headersOf(phone.accountId);
      const offers = await weekOfOffers(context);
      const events = offers.map((offerToken) =>
        subject === 'login'
          ? apiEvent(claimBlock, { headers: login, body: { offerToken } })
          : provenEvent(warm, phone, offerToken, nonce),
      );
      inputs.push(...events);
    }
    return (await warm.run({ subject: 'handler', inputs, expected: '201' })).cpuMicroseconds;
  };
  try {
    const [runs, weeks, warmUp] = context.quick ? [3, 3, 10] : [10, 5, 25];
    const phone = await nextPhone('android');
    const first = await warm.run({
      subject: 'handler',
      inputs: [provenEvent(warm, phone, 'none')],
      expected: '400',
    });
    const nonce = first.lastHeaders['dpop-nonce'] ?? '';
    await batch('proven', warmUp, nonce);
    await batch('login', warmUp, nonce);
    const pairs: { proven: number; login: number }[] = [];
    for (let run = 0; run < runs; run += 1) {
      const before = run % 2 ? await batch('login', weeks, nonce) : undefined;
      const proven = await batch('proven', weeks, nonce);
      pairs.push({ proven, login: before ?? (await batch('login', weeks, nonce)) });
    }
    return pairs;
  } finally {
    warm.stop();
  }
};

const worst = (bills: readonly Bill[], unit: keyof Bill) => Math.max(...bills.map((bill) => bill[unit]));

/** What a proof adds to a claim in the deployed function: calls, capacity and CPU. */
export const measureProven = async (context: BenchContext): Promise<Measurement[]> => {
  const nextPhone = await startPhones(context);
  const bills = await billWins(context, nextPhone);
  const pairs = await compareCpu(context, nextPhone);
  const samples = bills.length;
  return [
    { name: 'claim.round-trips.proven', value: worst(bills, 'calls'), samples },
    { name: 'claim.wcu.win.proven', value: worst(bills, 'wcu'), samples },
    { name: 'claim.rcu.win.proven', value: worst(bills, 'rcu'), samples },
    { name: 'claim.cpu-us.proven', value: median(pairs.map(({ proven }) => proven)), samples: pairs.length },
    {
      name: 'claim.cpu-ratio.proven',
      value: median(pairs.map(({ proven, login }) => proven / login)),
      samples: pairs.length,
    },
  ];
};
