import type { ChallengeState, Rung } from '#contract/challenges.ts';
import type { Item } from '#core/shared/dynamodb-store.ts';
import type { Attempt, Challenge } from './challenge.ts';
import { challengeKey } from './keys.ts';

/** So long a challenge stays readable after it is over: a late retry is told the outcome. */
const keptSeconds = 86_400;

/** What is written once stands in `d`; what steps change has attributes of its own for conditions to look at. */
export const challengeItem = (challenge: Challenge): Item => {
  const { driverId, challengeId, state, attempts, shownAt, heldUntil, expiresAt, ...fixed } = challenge;
  return {
    ...challengeKey(driverId, challengeId),
    id: { S: challengeId },
    dr: { S: driverId },
    st: { S: state },
    /** Number of answers so far: names the task that is due. */
    rn: { N: String(attempts.length) },
    an: { S: JSON.stringify(attempts) },
    sh: { M: Object.fromEntries(Object.entries(shownAt).map(([id, at]) => [id, { N: String(at) }])) },
    ex: { N: String(expiresAt) },
    ...(heldUntil !== undefined && { hu: { N: String(heldUntil) } }),
    d: { S: JSON.stringify(fixed) },
    ttl: { N: String(Math.floor(expiresAt / 1_000) + keptSeconds) },
  };
};

type Fixed = Pick<
  Challenge,
  'deviceId' | 'blockId' | 'version' | 'seed' | 'points' | 'reasons' | 'covered' | 'issuedAt'
> & { rung: Rung };

export const toChallenge = (item: Item): Challenge => {
  const fixed = JSON.parse(item.d?.S ?? '{}') as Fixed;
  const number = (name: string) => (item[name]?.N === undefined ? undefined : Number(item[name]?.N));
  const [heldUntil, askedAt, passedAt] = [number('hu'), number('ask'), number('pa')];
  return {
    ...fixed,
    challengeId: item.id?.S ?? '',
    driverId: item.dr?.S ?? '',
    state: item.st?.S as ChallengeState,
    attempts: JSON.parse(item.an?.S ?? '[]') as Attempt[],
    shownAt: Object.fromEntries(Object.entries(item.sh?.M ?? {}).map(([id, { N }]) => [id, Number(N)])),
    expiresAt: number('ex') ?? 0,
    ...(heldUntil !== undefined && { heldUntil }),
    ...(item.xt?.BOOL && { extended: true as const }),
    ...(askedAt !== undefined && { askedAt }),
    ...(passedAt !== undefined && { passedAt }),
  };
};
