import { randomBytes } from 'node:crypto';
import { publishBlocks, publishDrop } from '#contract/operator.ts';
import { publishDrop as publish } from '#core/offers/publish-drop.ts';
import { toPublishedBlock } from '#core/offers/published-block.ts';
import { publishingStore } from '#core/offers/publishing-store.ts';
import { dynamoDb } from '#core/shared/dynamodb-store.ts';
import { readEnvironment } from './env.ts';
import { httpFunction, on } from './http.ts';
import { deployedShell } from './shell/deployed-shell.ts';

const env = readEnvironment('operator');
const deps = {
  store: publishingStore(dynamoDb(), env.OFFERS_TABLE, env.RECORD_RETENTION_DAYS),
  stations: new Set(env.STATIONS.map(({ stationId }) => stationId)),
  now: Date.now,
  randomKey: () => randomBytes(16).toString('base64url'),
};

const refusal = (outcome: Extract<Awaited<ReturnType<typeof publish>>, { status: 'refused' }>) => ({
  problem: outcome.code,
  ...('faults' in outcome && { faults: outcome.faults }),
});

export const handler = httpFunction(deployedShell(env), [
  on(publishBlocks)(async ({ caller, body }) => {
    const outcome = await publish(deps, { publisherId: caller.accountId, ...body });
    if (outcome.status === 'refused') return refusal(outcome);
    return { status: 201, body: { blocks: outcome.blocks.map(toPublishedBlock) } };
  }),
  on(publishDrop)(async ({ caller, body }) => {
    const { drawSeconds: _, ...drop } = body;
    const outcome = await publish(deps, { publisherId: caller.accountId, ...drop });
    if (outcome.status === 'refused') return refusal(outcome);
    const blocks = outcome.blocks.map(toPublishedBlock);
    const opensAt = new Date(outcome.opensAt).toISOString();
    const { stationId, mode } = body;
    return { status: 201, body: { dropId: outcome.dropId, stationId, opensAt, mode, blocks } };
  }),
]);
