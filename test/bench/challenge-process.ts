import { randomBytes } from 'node:crypto';
import { type Challenge, taskSeed } from '#core/challenge/challenge.ts';
import { pictureFacts } from '#core/challenge/picture/picture-task.ts';
import { gradeAnswer, showTask, type TaskDeps } from '#core/challenge/tasks.ts';
import { personTrace } from '#detector/traces/people.ts';
import { someRisk } from '#test/support/challenges.ts';
import { measureWork } from './challenge-work.ts';

/** Prints the milliseconds of CPU that each piece of work with challenges costs, one number for each run. */

const deps: TaskDeps = { risk: someRisk, findUnlockKey: async () => undefined };
const calls = 40;

const aChallenge = (): Challenge => ({
  challengeId: 'challenge',
  driverId: 'driver',
  blockId: 'block',
  version: 1,
  state: 'open',
  rung: 'task',
  seed: randomBytes(32).toString('base64url'),
  points: 5,
  reasons: [],
  covered: [],
  issuedAt: 0,
  expiresAt: 600_000,
  attempts: [],
  shownAt: { 'picture.0': 0 },
});

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

/** All that is needed is made before the clock is read. */
const cpuOf = async <T>(prepare: () => T, work: (prepared: T) => Promise<unknown>): Promise<number> => {
  const prepared = Array.from({ length: calls }, prepare);
  globalThis.gc?.();
  const before = cpuMs();
  for (const one of prepared) await work(one);
  return (cpuMs() - before) / calls;
};

let people = 0;
const anAnswer = () => {
  const challenge = aChallenge();
  const facts = pictureFacts(taskSeed(challenge, 'picture.0'));
  people += 1;
  const { trace, elapsedMs } = personTrace('mouse', facts, facts.answer, `bench-${people}`);
  const answer = { kind: 'picks' as const, taskId: 'picture.0', picks: [...facts.answer] };
  return { challenge, answered: { answer, trace }, now: elapsedMs };
};

const sizeOf = async (mode: 'picture' | 'sound') =>
  JSON.stringify(await showTask(deps, aChallenge(), mode)).length;

const runs = Number(process.argv[2]);
const samples = { picture: [] as number[], sound: [] as number[], verify: [] as number[] };
for (let run = -2; run < runs; run += 1) {
  const picture = await cpuOf(aChallenge, async (one) =>
    JSON.stringify(await showTask(deps, one, 'picture')),
  );
  const sound = await cpuOf(aChallenge, async (one) => JSON.stringify(await showTask(deps, one, 'sound')));
  const verify = await cpuOf(anAnswer, async ({ challenge, answered, now }) => {
    const grade = await gradeAnswer(deps, challenge, answered, { now, headers: {} });
    if (grade.status !== 'graded') throw new Error(`a person's answer was ${grade.status}`);
  });
  if (run < 0) continue;
  samples.picture.push(picture);
  samples.sound.push(sound);
  samples.verify.push(verify);
}
let bytes = 0;
for (let index = 0; index < 100; index += 1)
  bytes = Math.max(bytes, await sizeOf('picture'), await sizeOf('sound'));
const [work] = await measureWork([1]);
process.stdout.write(JSON.stringify({ ...samples, bytes, work }));
