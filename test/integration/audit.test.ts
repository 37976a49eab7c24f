import { PutItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditStore, headMoved } from '#core/evidence/audit/audit-store.ts';
import { type AuditEvent, chain, genesis } from '#core/evidence/audit/chain.ts';
import { verifyAudit } from '#core/evidence/audit/verify.ts';
import { writeFailure } from '#core/shared/dynamodb-store.ts';
import { type Engine, startEngine } from '#test/support/engine.ts';
import { failingAt } from '#test/support/failing.ts';
import { itemsOf } from '#test/support/table-copies.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine.stop());

const noon = Date.UTC(2026, 10, 22, 12);
const surroundings = {
  random: Math.random,
  sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
};
const quick = { random: () => 0, sleep: async () => {} };
const looks = (count: number, by = 'analyst-1'): AuditEvent[] =>
  Array.from({ length: count }, (_, i) => ({
    at: noon + i,
    actor: { kind: 'person', id: by },
    action: 'case.read',
    caseId: `case-${i}`,
    facts: {},
  }));

const anAudit = async () => {
  const table = await engine.createTable();
  return { table, audit: auditStore(engine.client, table) };
};
const isWrite = (name: string) => name === 'TransactWriteItemsCommand';

describe('the audit', () => {
  it('of eight writers who race is one chain without a gap, and says what each of them did', async () => {
    const { table, audit } = await anAudit();
    await Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        for (const look of looks(25, `writer-${writer}`)) await audit.append(surroundings, [look]);
      }),
    );
    const entries = await audit.list(1, 1_000);
    const head = await audit.head();
    expect(head.seq).toBe(200);
    expect(await verifyAudit(entries, { first: 1, head })).toEqual({
      status: 'verified',
      entries: 200,
      first: 1,
      head,
    });
    for (let writer = 0; writer < 8; writer += 1) {
      const own = entries.filter(({ actor }) => actor.id === `writer-${writer}`);
      expect(own.map(({ caseId }) => caseId)).toEqual(looks(25).map(({ caseId }) => caseId));
    }
    expect(await itemsOf(engine, table)).toHaveLength(201);
  });

  it('has nothing of a writer who was killed between reading and writing', async () => {
    const table = await engine.createTable();
    const { wrap } = failingAt(isWrite);
    const audit = auditStore(wrap(engine.client), table);
    await expect(audit.append(quick, looks(3))).rejects.toThrow('killed');
    expect(await itemsOf(engine, table)).toEqual([]);
    await audit.append(quick, looks(2));
    expect(await verifyAudit(await audit.list(1, 10))).toMatchObject({ status: 'verified', entries: 2 });
  });

  it.each(['before', 'after'] as const)(
    'has once what got no answer, %s it was written, also when others come next',
    async (when) => {
      const { table, audit: others } = await anAudit();
      const { state, wrap } = failingAt(isWrite, when, 'unanswered');
      const audit = auditStore(wrap(engine.client), table);
      const meanwhile = async () => {
        if (state.failed) await others.append(quick, looks(1, 'somebody else'));
      };
      await audit.append({ ...quick, sleep: meanwhile }, looks(2));
      const entries = await others.list(1, 10);
      const [own, theirs] = [['analyst-1', 'analyst-1'], ['somebody else']];
      expect(entries.map(({ actor }) => actor.id)).toEqual(
        when === 'after' ? [...own, ...theirs] : [...theirs, ...own],
      );
      expect(await verifyAudit(entries, { head: await audit.head() })).toMatchObject({ status: 'verified' });
    },
  );

  it('goes into a transaction as a whole or not at all, and tells that its head has moved', async () => {
    const { table, audit } = await anAudit();
    const head = await audit.head();
    expect(head).toEqual(genesis);
    expect(audit.writes(head, [])).toEqual([]);
    const mark = (condition: string) => ({
      Put: {
        TableName: table,
        Item: { pk: { S: 'CASE#1' }, sk: { S: 'CASE' } },
        ConditionExpression: condition,
      },
    });
    const commit = async (condition: string, from = head) => {
      const TransactItems = [...audit.writes(from, looks(2)), mark(condition)];
      try {
        await engine.client.send(new TransactWriteItemsCommand({ TransactItems }));
        return 'done';
      } catch (error) {
        const failure = writeFailure(error);
        return failure.status === 'refused' ? headMoved(failure.reasons) : failure.status;
      }
    };
    expect(await commit('attribute_exists(pk)')).toBe(false);
    expect(await audit.list(1, 10)).toEqual([]);
    expect(await commit('attribute_not_exists(pk)')).toBe('done');
    expect(await commit('attribute_exists(pk)')).toBe(true);
    expect(await commit('attribute_exists(pk)', { seq: 2, hash: genesis.hash })).toBe(true);
    expect(await commit('attribute_exists(pk)', await audit.head())).toBe('done');
    expect(await verifyAudit(await audit.list(1, 10))).toMatchObject({ status: 'verified', entries: 4 });
  });

  it('never writes over an entry, also when somebody has put its head back', async () => {
    const { table, audit } = await anAudit();
    await audit.append(quick, looks(2));
    const [head] = (await itemsOf(engine, table)).filter(({ pk }) => pk?.S === 'AUDIT');
    await audit.append(quick, looks(2));
    const entries = await audit.list(1, 10);
    await engine.client.send(new PutItemCommand({ TableName: table, Item: head }));
    await expect(audit.append(quick, looks(1, 'somebody else'))).rejects.toThrow('behind its head');
    expect(await audit.list(1, 10)).toEqual(entries);
  });

  it('is listed page by page, across partitions', async () => {
    const { audit } = await anAudit();
    for (let round = 0; round < 21; round += 1) await audit.append(quick, looks(99));
    const { entries } = chain(genesis, Array.from({ length: 21 }, () => looks(99)).flat());
    expect(await audit.list(1, 5_000)).toEqual(entries);
    for (const [from, most] of [
      [0, 2],
      [998, 4],
      [1_000, 1],
      [1_999, 1],
      [2_000, 500],
      [2_080, 1_000],
      [2_081, 10],
    ] as const)
      expect(await audit.list(from, most)).toEqual(
        entries.slice(Math.max(from, 1) - 1, Math.max(from, 1) - 1 + most),
      );
  });
});
