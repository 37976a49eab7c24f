import { AwsError, isJsonObject, type JsonObject } from '../services/aws-json-server.ts';
import { descriptorDistance } from './descriptor.ts';
import type { Face, FaceEngine } from './engine.ts';
import { decodeImage } from './image.ts';
import { invalidParameter, optionalNumber } from './input.ts';
import type { Landmarks } from './landmarks.ts';
import { boundingBox } from './operations.ts';
import { judgeTurns, type Turn } from './turns.ts';

/**
 * The local stand-in for a face liveness session: an active head-turn challenge in random order. What it shows is that
 * somebody followed it, so its confidence ends at 80 and nothing here calls it live.
 *
 *   CREATED --challenge asked--> IN_PROGRESS --frames--> SUCCEEDED | FAILED
 *   CREATED, IN_PROGRESS --3 minutes--> EXPIRED
 */
export type LivenessStatus = 'CREATED' | 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED' | 'EXPIRED';

interface Session {
  readonly id: string;
  readonly token: string | undefined;
  readonly turns: readonly Turn[];
  readonly expiresAt: number;
  status: LivenessStatus;
  reference?: { readonly Bytes: string; readonly BoundingBox: unknown };
  /** Milliseconds since 1970: when the reference image goes. */
  forgetAt?: number;
}

export interface LivenessDeps {
  readonly engine: () => Promise<FaceEngine>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly newId: () => string;
  /** A whole number from 0 up to but without `below`. */
  readonly randomInt: (below: number) => number;
}

/** What the local client component is answered: an HTTP status and a body. */
export interface StreamAnswer {
  readonly status: number;
  readonly body: JsonObject;
}

export interface Liveness {
  create(input: JsonObject): unknown;
  results(input: JsonObject): unknown;
  challenge(sessionId: string): StreamAnswer;
  submit(sessionId: string, input: JsonObject): Promise<StreamAnswer>;
}

const sessionMs = 3 * 60_000;
/** Sessions are known for that long, but the reference image goes when they expire, or a minute after it was read. */
const [keptMs, mostSessions] = [10 * 60_000, 500];
const afterReadingMs = 60_000;
export const mostConfidence = 80;
/** Turned faces of one person are further apart than portraits are. */
const samePersonDistance = 0.55;
const bystanderArea = 0.25;

export function createLiveness(deps: LivenessDeps): Liveness {
  const sessions = new Map<string, Session>();

  const forgetOld = () => {
    for (const [id, { expiresAt }] of sessions)
      if (expiresAt + keptMs < deps.now() || sessions.size > mostSessions) sessions.delete(id);
  };
  const forgetReference = (session: Session) => {
    if (deps.now() >= (session.forgetAt ?? session.expiresAt)) delete session.reference;
  };
  const keepUntil = (session: Session, forgetAt: number) => {
    session.forgetAt = Math.min(forgetAt, session.forgetAt ?? forgetAt);
    // One millisecond more: timers may be early by a part of one.
    setTimeout(() => forgetReference(session), session.forgetAt - deps.now() + 1).unref();
  };
  const find = (id: unknown): Session | undefined => {
    const session = typeof id === 'string' ? sessions.get(id) : undefined;
    if (session) forgetReference(session);
    if (session && ['CREATED', 'IN_PROGRESS'].includes(session.status) && deps.now() >= session.expiresAt)
      session.status = 'EXPIRED';
    return session;
  };

  return {
    create(input) {
      const settings = input.Settings ?? {};
      if (!isJsonObject(settings) || settings.OutputConfig !== undefined) throw invalidParameter();
      optionalNumber(settings, 'AuditImagesLimit', { min: 0, max: 4 });
      const token = typeof input.ClientRequestToken === 'string' ? input.ClientRequestToken : undefined;
      forgetOld();
      const earlier =
        token === undefined ? undefined : [...sessions.values()].find((one) => one.token === token);
      if (earlier) return { SessionId: earlier.id };
      const id = deps.newId();
      const turns = chooseTurns(deps.randomInt);
      sessions.set(id, { id, token, turns, expiresAt: deps.now() + sessionMs, status: 'CREATED' });
      return { SessionId: id };
    },

    results(input) {
      const session = find(input.SessionId);
      if (!session) throw new AwsError('SessionNotFoundException', 'Session not found.');
      const { id, status, reference } = session;
      if (reference) keepUntil(session, deps.now() + afterReadingMs);
      return {
        SessionId: id,
        Status: status,
        Confidence: status === 'SUCCEEDED' ? mostConfidence : 0,
        ...(reference && { ReferenceImage: reference }),
        AuditImages: [],
      };
    },

    challenge(sessionId) {
      const session = find(sessionId);
      if (!session) return refused(404, 'session-unknown');
      if (session.status === 'EXPIRED') return refused(410, 'session-expired');
      if (session.status !== 'CREATED' && session.status !== 'IN_PROGRESS')
        return refused(409, 'session-used');
      session.status = 'IN_PROGRESS';
      const { turns, expiresAt } = session;
      return {
        status: 200,
        body: { turns, frames: turns.length, expiresAt: new Date(expiresAt).toISOString() },
      };
    },

    async submit(sessionId, input) {
      const session = find(sessionId);
      if (!session) return refused(404, 'session-unknown');
      if (session.status === 'EXPIRED') return refused(410, 'session-expired');
      if (session.status !== 'IN_PROGRESS') return refused(409, 'session-used');
      const frames = input.frames;
      if (!Array.isArray(frames) || !frames.every((frame) => typeof frame === 'string'))
        return refused(400, 'frames-missing');
      // Used from here on, before anything is awaited: a second answer to the same order finds it closed.
      session.status = 'FAILED';
      const judged = await judgeFrames(await deps.engine(), session.turns, frames);
      if (judged.status === 'refused')
        return { status: 200, body: { status: 'refused', reason: judged.reason } };
      session.reference = judged.reference;
      session.status = 'SUCCEEDED';
      // At the earliest a minute from here: frames may come in at the end, and somebody has to read it.
      keepUntil(session, Math.max(session.expiresAt, deps.now() + afterReadingMs));
      return { status: 200, body: { status: 'completed' } };
    },
  };
}

const refused = (status: number, code: string): StreamAnswer => ({ status, body: { code } });

/** 4 to 6 turns, none twice in a row, each of the three among them. */
export function chooseTurns(randomInt: (below: number) => number): Turn[] {
  const all: readonly Turn[] = ['left', 'right', 'centre'];
  const count = 4 + randomInt(3);
  for (;;) {
    const turns: Turn[] = [];
    while (turns.length < count) {
      const others = all.filter((turn) => turn !== turns.at(-1));
      turns.push(others[randomInt(others.length)] ?? 'centre');
    }
    if (all.every((turn) => turns.includes(turn))) return turns;
  }
}

type FramesJudgement =
  | { readonly status: 'completed'; readonly reference: { Bytes: string; BoundingBox: unknown } }
  | { readonly status: 'refused'; readonly reason: string };

async function judgeFrames(
  engine: FaceEngine,
  turns: readonly Turn[],
  frames: readonly string[],
): Promise<FramesJudgement> {
  const refuse = (reason: string) => ({ status: 'refused' as const, reason });
  if (frames.length !== turns.length) return refuse('wrong-number-of-frames');
  const tracks: Landmarks[] = [];
  const descriptors: Float32Array[] = [];
  let reference: { Bytes: string; BoundingBox: unknown } | undefined;
  for (const [index, frame] of frames.entries()) {
    const decoded = await decodeImage(Buffer.from(frame, 'base64'));
    if (decoded.status !== 'decoded') return refuse('no-image');
    const [face, other] = await engine.findFaces(decoded.image);
    if (!face) return refuse('no-face');
    if (other && areaOf(other) > bystanderArea * areaOf(face)) return refuse('several-faces');
    tracks.push(face.landmarks);
    descriptors.push(await engine.describe(face));
    if (turns[index] === 'centre')
      reference ??= { Bytes: frame, BoundingBox: boundingBox(face, decoded.image) };
  }
  const judged = judgeTurns(turns, tracks);
  if (judged.status === 'refused') return refuse(judged.reason);
  const strangers = descriptors.some((one) =>
    descriptors.some((other) => descriptorDistance(one, other) > samePersonDistance),
  );
  return strangers || !reference ? refuse('several-people') : { status: 'completed', reference };
}

const areaOf = ({ box }: Face) => box.width * box.height;
