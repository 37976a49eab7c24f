import './shell/further-problems.ts';
import { randomBytes } from 'node:crypto';
import { publishBlocks, publishDrop } from '#contract/operator.ts';
import type { AnswerOf, BodyOf } from '#contract/route.ts';
import { toPublishedBlock } from '#core/offers/block-view.ts';
import { publishDrop as publish } from '#core/offers/publish-drop.ts';
import { publishingStore } from '#core/offers/publishing-store.ts';
import { dynamoDb } from '#core/shared/dynamodb-store.ts';
import { operatorEnvironment, readEnvironment } from './env.ts';
import { httpFunction, on } from './http.ts';
import { deployedShell } from './shell/deployed-shell.ts';
import { type Refusal, refusalOf } from './shell/refusal.ts';

const env = readEnvironment(operatorEnvironment);
const deps = {
  store: publishingStore(dynamoDb(), env.OFFERS_TABLE, env.RECORD_RETENTION_DAYS),
  stations: new Map(Object.entries(env.SHARES)),
  draws: env.DRAWS,
  now: Date.now,
  newSecret: () => randomBytes(32).toString('base64url'),
  randomKey: () => randomBytes(16).toString('base64url'),
};

type Publication = BodyOf<typeof publishBlocks> | BodyOf<typeof publishDrop>;

const answer = async (
  publisherId: string,
  body: Publication,
): Promise<AnswerOf<typeof publishDrop> | Refusal> => {
  const outcome = await publish(deps, { publisherId, ...body });
  if (outcome.status === 'refused') return refusalOf(outcome);
  const { stationId, mode } = body;
  const opensAt = new Date(outcome.opensAt).toISOString();
  const blocks = outcome.blocks.map(toPublishedBlock);
  const draw = outcome.draw && { ...outcome.draw, closesAt: new Date(outcome.draw.closesAt).toISOString() };
  return {
    status: 201,
    body: { dropId: outcome.dropId, stationId, opensAt, mode, ...(draw && { draw }), blocks },
  };
};

export const handler = httpFunction(deployedShell(env), [
  on(publishBlocks)(({ caller, body }) => answer(caller.accountId, body)),
  on(publishDrop)(({ caller, body }) => answer(caller.accountId, body)),
]);
