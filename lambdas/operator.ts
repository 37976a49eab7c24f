import { randomBytes } from 'node:crypto';
import { publishBlocks, publishDrop } from '#contract/operator.ts';
import { publishDrop as publish } from '#core/offers/publish-drop.ts';
import { toPublishedBlock } from '#core/offers/published-block.ts';
import { publishingStore } from '#core/offers/publishing-store.ts';
import { dynamoDb } from '#core/shared/dynamodb-store.ts';
import { readEnvironment } from './env.ts';
import { httpFunction, on } from './http.ts';
import { deployedShell } from './shell/deployed-shell.ts';
import { refusalOf } from './shell/refusal.ts';

const env = readEnvironment('operator');
const deps = {
  store: publishingStore(dynamoDb(), env.OFFERS_TABLE, env.RECORD_RETENTION_DAYS),
  stations: new Set(env.STATIONS.map(({ stationId }) => stationId)),
  now: Date.now,
  randomKey: () => randomBytes(16).toString('base64url'),
};

export const handler = httpFunction(deployedShell(env), [
  on(publishBlocks)(async ({ caller, body }) => {
    const outcome = await publish(deps, { publisherId: caller.accountId, ...body });
    if (outcome.status === 'refused') return refusalOf(outcome);
    return { status: 201, body: { blocks: outcome.blocks.map(toPublishedBlock) } };
  }),
  on(publishDrop)(async ({ caller, body }) => {
    const outcome = await publish(deps, { publisherId: caller.accountId, ...body });
    if (outcome.status === 'refused') return refusalOf(outcome);
    const blocks = outcome.blocks.map(toPublishedBlock);
    const opensAt = new Date(outcome.opensAt).toISOString();
    const { stationId, mode } = body;
    return { status: 201, body: { dropId: outcome.dropId, stationId, opensAt, mode, blocks } };
  }),
]);
