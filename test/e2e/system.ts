import type { Rung } from '#contract/challenges.ts';
import { type Client, createClient } from '#contract/client.ts';
import { taskIdOf } from '#core/challenge/challenge.ts';
import { dpopKey } from '#phone/dpop.ts';
import { openSession } from '#phone/session.ts';
import { softwareIphone } from '#phone/software-iphone.ts';
import { softwareUnlockKey, unlockRpId } from '#phone/unlock-key.ts';
import { unique } from '#test/support/builders.ts';
import { factsOf, missesFor, publishedBefore } from '#test/support/challenged.ts';
import { openMarketplace } from '#test/support/marketplace.ts';
import { findingsOf, type OpenChallenge, type World } from './world.ts';

/** Where the local stage lets pages unlock keys. */
const unlockOrigin = `http://${unlockRpId}:8787`;

/** More than all tests of a file make. */
const mostChallenges = 30;

/** The whole product, and drivers who behave so that they are challenged. */
export const openSystem = async (): Promise<World> => {
  const market = await openMarketplace();
  const origin = market.system.url.replace('127.0.0.1', unlockRpId);
  const analyst = createClient({
    origin: market.system.url,
    token: await market.system.signIn('analyst@evenfield.test'),
  });

  // One block is taken, and drivers who want it again and again are challenged for one of the others.
  const [taken, ...free] = await publishedBefore(
    market,
    Array.from({ length: mostChallenges + 1 }, () => ({})),
  );
  const claimed = await (await market.driver()).claimBlock({ body: { offerToken: taken?.offerToken ?? '' } });
  if (!claimed.ok) throw new Error(`the block was not taken: ${claimed.body.code}`);

  const claimUntilChallenged = async (driver: Client, misses: number) => {
    for (let count = 0; count < misses; count += 1)
      await driver.claimBlock({ body: { offerToken: taken?.offerToken ?? '' } });
    const { offerToken = '' } = free.pop() ?? {};
    const asked = await driver.claimBlock({ body: { offerToken } });
    if (asked.ok || !asked.body.challenge) throw new Error(`not challenged: ${asked.status}`);
    return { offerToken, challengeId: asked.body.challenge.challengeId };
  };
  // One driver after the other: what a process of the function saw, another has not.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(make: () => Promise<T>): Promise<T> => {
    const made = turn.then(make);
    turn = made.catch(() => undefined);
    return made;
  };

  const byPhone = async () => {
    const user = `${unique('driver')}@evenfield.test`;
    await market.system.createUser(user);
    const session = await openSession({ api: market.system.url, user, phone: softwareIphone() });
    const enrolled = await session.enrol();
    if (!enrolled.ok) throw new Error(`enrolment: ${enrolled.body.code}`);
    const key = dpopKey();
    const unlockKey = softwareUnlockKey({ key });
    const { deviceId } = enrolled.body;
    const stored = await session.client.enrolUnlockKey({
      params: { deviceId },
      body: unlockKey.enrolment(session.accountId(), deviceId),
    });
    if (!stored.ok) throw new Error(`unlock key: ${stored.body.code}`);
    const request: OpenChallenge['app'] = async (method, path, body) => {
      const headers = { 'content-type': 'application/json' };
      const answer = await session.fetch(market.system.url + path, {
        method,
        ...(body && { headers, body }),
      });
      return { status: answer.status, body: await answer.text() };
    };
    return { session, key, credentialId: unlockKey.credentialId, request };
  };

  const challenge = async (rung: Rung): Promise<OpenChallenge> => {
    if (rung === 'person') throw new Error('no claim leads to a person at once');
    const phone = rung === 'unlock' ? await byPhone() : undefined;
    const driver = phone ? { ...phone.session.client, token: '' } : await market.driver();
    // A new phone is a point of its own.
    const misses = missesFor[rung === 'task' ? 'task' : 'work'];
    const { offerToken, challengeId } = await inTurn(() => claimUntilChallenged(driver, misses));
    const given = new URLSearchParams({ challenge: challengeId, offerToken, token: driver.token });
    return {
      challengeId,
      token: driver.token,
      address: `${phone ? unlockOrigin : origin}/driver/challenge#${given}`,
      finding: async (mode) => {
        const stored = await market.storedChallenge(challengeId);
        return findingsOf(factsOf(stored, taskIdOf(stored, mode)));
      },
      passByPerson: async () => {
        const { driverId } = await market.storedChallenge(challengeId);
        const answer = await analyst.passChallenge({
          params: { driverId, challengeId },
          body: { rationale: 'A call with the driver.' },
        });
        if (!answer.ok) throw new Error(`pass: ${answer.body.code}`);
      },
      ...(phone && {
        app: phone.request,
        unlockKey: {
          credentialId: Buffer.from(phone.credentialId, 'base64url').toString('base64'),
          rpId: unlockRpId,
          privateKey: phone.key.privateKey.export({ format: 'der', type: 'pkcs8' }),
        },
      }),
    };
  };
  return { origin, challenge, stop: () => market.stop() };
};
