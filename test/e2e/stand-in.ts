import { generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod/mini';
import {
  attemptChallenge,
  type ChallengeAnswer,
  getChallenge,
  type Rung,
  type TaskMode,
} from '#contract/challenges.ts';
import { describeProblem, type ProblemDetails, problemText } from '#contract/describe-problem.ts';
import type { ProblemCode } from '#contract/problems.ts';
import { pictureFacts, renderPicture } from '#core/challenge/picture/picture-task.ts';
import { renderSound, soundFacts } from '#core/challenge/sound/sound-task.ts';
import { makeWork, verifyWork } from '#core/challenge/work/work.ts';
import '#lambdas/shell/further-problems.ts';
import { readStaticFiles, serveFile } from '#lambdas/shell/static-files.ts';
import { buildWebFiles } from '#lib/web-files.ts';
import { findingsOf, type World } from './world.ts';

const rpId = 'localhost';
const iso = (at: number) => new Date(at).toISOString();
const sha256 = async (bytes: Uint8Array<ArrayBuffer>) =>
  Buffer.from(await crypto.subtle.digest('SHA-256', bytes));
const text = (bytes: number) => randomBytes(bytes).toString('base64url');

interface State {
  rung: Rung;
  state: 'open' | 'passed' | 'failed';
  round: number;
  attemptsLeft: number;
  expiresAt: number;
  heldUntil: number;
  seed: string;
  clearance?: string;
  unlockChallenge: string;
  key: ReturnType<typeof newKey>;
  /** Outcomes by what was sent. */
  outcomes: Map<string, Answer>;
}
interface Answer {
  status: number;
  body: unknown;
}

const newKey = () => ({
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  credentialId: randomBytes(16),
});
const refuse = (code: ProblemCode, details: ProblemDetails = {}): Answer => ({
  status: problemText(code).status,
  body: describeProblem(code, details),
});
const otherWays = [
  { way: 'person', text: 'A person looks instead.' },
  { way: 'later', text: 'Claim another block later.' },
];

const taskOf = async (challenge: State, mode: TaskMode | undefined) => {
  const kind = mode ?? (challenge.rung === 'task' ? 'picture' : challenge.rung);
  if (challenge.state !== 'open' || kind === 'person') return undefined;
  const taskId = `${kind}.${challenge.round}`;
  if (kind === 'picture') return { ...renderPicture(challenge.seed), taskId };
  if (kind === 'sound') return { ...renderSound(challenge.seed), taskId };
  if (kind === 'work') return { kind: 'work' as const, taskId, work: await makeWork(challenge.seed, 1) };
  return {
    kind: 'unlock' as const,
    taskId,
    challenge: challenge.unlockChallenge,
    rpId,
    credentialId: challenge.key.credentialId.toString('base64url'),
    userVerification: 'required' as const,
  };
};

const factsOf = ({ seed }: State, mode: TaskMode) =>
  mode === 'sound' ? soundFacts(seed) : pictureFacts(seed);

const isRight = async (challenge: State, answer: ChallengeAnswer): Promise<boolean> => {
  if (answer.kind === 'picks')
    return (
      answer.picks.join() ===
      factsOf(challenge, answer.taskId.startsWith('sound') ? 'sound' : 'picture').answer.join()
    );
  if (answer.kind === 'work') return verifyWork(challenge.seed, 1, answer);
  if (answer.kind !== 'unlock') return false;
  const clientData = Buffer.from(answer.clientDataJson, 'base64url');
  const { challenge: signed } = JSON.parse(clientData.toString()) as { challenge: string };
  const bytes = Buffer.concat([Buffer.from(answer.authenticatorData, 'base64url'), await sha256(clientData)]);
  return (
    signed === challenge.unlockChallenge &&
    verify('sha256', bytes, challenge.key.publicKey, Buffer.from(answer.signature, 'base64url'))
  );
};

const attempt = async (challenge: State, sent: string): Promise<Answer> => {
  const known = challenge.outcomes.get(sent);
  if (known) return known;
  const parsed = z.safeParse(attemptChallenge.body, JSON.parse(sent));
  if (!parsed.success)
    return refuse('invalid-request', {
      faults: [{ path: '', message: JSON.stringify(parsed.error.issues) }],
    });
  const { answer } = parsed.data;
  if (!answer.taskId.endsWith(`.${challenge.round}`)) return refuse('task-replaced');
  const right = await isRight(challenge, answer);
  challenge.round += 1;
  challenge.seed = text(32);
  if (right) {
    challenge.state = 'passed';
    challenge.clearance = text(12);
    const { clearance } = challenge;
    return { status: 200, body: { status: 'passed', clearance, expiresAt: iso(Date.now() + 60_000) } };
  }
  challenge.attemptsLeft -= 1;
  if (challenge.attemptsLeft === 0) challenge.state = 'failed';
  return refuse('challenge-failed', { attemptsLeft: challenge.attemptsLeft, otherWays });
};

const show = async (challengeId: string, challenge: State, mode: TaskMode | undefined): Promise<Answer> => {
  const { state, rung, expiresAt, heldUntil, attemptsLeft, clearance } = challenge;
  if (Date.now() > expiresAt) return refuse('challenge-expired');
  const task = await taskOf(challenge, mode);
  const body = {
    ...{ challengeId, state, rung, expiresAt: iso(expiresAt), attemptsLeft, otherWays },
    heldUntil: iso(heldUntil),
    ...(task && { task }),
    ...(clearance && { clearance }),
  };
  return { status: 200, body: z.parse(getChallenge.responses[200], body) };
};

/** Answers the routes that the pages use, by the contract, and serves the pages as their function does. */
export const openStandIn = async (): Promise<World> => {
  const folder = mkdtempSync(join(tmpdir(), 'evenfield-pages-'));
  await buildWebFiles(folder);
  const files = readStaticFiles(pathToFileURL(`${folder}/`));
  rmSync(folder, { recursive: true });
  const challenges = new Map<string, State>();
  const tokens = new Set<string>();

  const answerApi = async (request: IncomingMessage, url: URL, sent: string): Promise<Answer> => {
    if (!tokens.has(request.headers.authorization?.replace('Bearer ', '') ?? ''))
      return refuse('sign-in-required');
    if (url.pathname === '/v1/claims') {
      const { clearance } = JSON.parse(sent) as { clearance?: string };
      const cleared = [...challenges.values()].some((one) => one.clearance === clearance);
      return cleared ? { status: 201, body: {} } : refuse('clearance-invalid');
    }
    const [, id = '', action] = /^\/v1\/challenges\/([^/]+)(?:\/(\w+))?$/.exec(url.pathname) ?? [];
    const challenge = challenges.get(id);
    if (!challenge) return refuse('unknown-challenge');
    if (!action)
      return show(id, challenge, (url.searchParams.get('mode') ?? undefined) as TaskMode | undefined);
    if (challenge.state === 'passed' && !challenge.outcomes.has(sent)) return refuse('challenge-spent');
    if (action === 'person') return { status: 202, body: { status: 'waiting', askedAt: iso(Date.now()) } };
    if (action === 'extension') {
      challenge.heldUntil += 60_000;
      return {
        status: 200,
        body: { expiresAt: iso(challenge.expiresAt), heldUntil: iso(challenge.heldUntil) },
      };
    }
    const outcome = await attempt(challenge, sent);
    challenge.outcomes.set(sent, outcome);
    return outcome;
  };

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (url.pathname.startsWith('/driver/')) {
      const served = serveFile(files, { rawPath: url.pathname, headers: request.headers as never });
      response.writeHead(served.statusCode ?? 500, served.headers as Record<string, string>);
      return response.end(Buffer.from(served.body ?? '', served.isBase64Encoded ? 'base64' : 'utf8'));
    }
    let sent = '';
    for await (const part of request) sent += part;
    const { status, body } = await answerApi(request, url, sent);
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify(body));
  };
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;

  return {
    origin,
    challenge: async (rung) => {
      const [challengeId, token] = [text(16), text(12)];
      const state: State = {
        ...{ rung, state: 'open', round: 1, attemptsLeft: 3, seed: text(32), outcomes: new Map() },
        expiresAt: Date.now() + 600_000,
        heldUntil: Date.now() + 60_000,
        unlockChallenge: text(32),
        key: newKey(),
      };
      challenges.set(challengeId, state);
      tokens.add(token);
      const { privateKey, credentialId } = state.key;
      return {
        challengeId,
        token,
        address: `${origin}/driver/challenge#challenge=${challengeId}&token=${token}&offerToken=any`,
        finding: async (mode) => findingsOf(factsOf(state, mode)),
        passByPerson: async () => {
          state.state = 'passed';
          state.clearance = text(12);
        },
        unlockKey: {
          credentialId: credentialId.toString('base64'),
          rpId,
          privateKey: privateKey.export({ format: 'der', type: 'pkcs8' }),
        },
      };
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
