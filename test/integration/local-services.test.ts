import aslValidator from 'asl-validator';
import { describe, expect, it } from 'vitest';
import { FunctionFailed } from '#local/functions/protocol.ts';
import {
  aBus,
  aMachine,
  anEntry,
  aSystem,
  dayMs,
  newYear,
  notice,
  toMachine,
} from '#test/support/local-stand-ins.ts';

describe('an event that a rule sends to a state machine', () => {
  it('is waited on for 30 days, retried, shown to a person and finished by their answer', async () => {
    const acted: { at: number; event: unknown }[] = [];
    let asked = { token: '', execution: '' };
    const system = await aSystem([aBus, toMachine, aMachine(notice)], {
      act: (event) => {
        acted.push({ at: system.clock.now() - newYear.getTime(), event });
        const throttled = { errorType: 'Throttled', errorMessage: 'slower' };
        if (acted.length < 3) throw new FunctionFailed('act', 'error', throttled);
        return { count: acted.length };
      },
      ask: (event: typeof asked) => {
        asked = event;
      },
    });
    expect(aslValidator(structuredClone(notice))).toMatchObject({ isValid: true });

    const answer = await system.put(anEntry({ caseId: 'c-1', score: 0.9 }));
    expect(answer).toMatchObject({ FailedEntryCount: 0, Entries: [{ EventId: expect.any(String) }] });
    await system.clock.advance(30 * dayMs - 1);
    expect(await system.onlyExecution()).toMatchObject({ status: 'RUNNING' });
    expect(acted).toEqual([]);

    await system.clock.advance(1 + 180_000);
    expect(acted.map(({ at }) => at - 30 * dayMs)).toEqual([0, 60_000, 180_000]);
    expect(acted[0]?.event).toEqual({ caseId: 'c-1', state: 'Act' });

    await system.clock.advance(9 * dayMs);
    await system.call('SendTaskHeartbeat', { taskToken: asked.token });
    await system.clock.advance(9 * dayMs);
    expect(await system.onlyExecution()).toMatchObject({ status: 'RUNNING', name: asked.execution });
    await system.call('SendTaskSuccess', { taskToken: asked.token, output: '{"approved":true}' });
    await system.clock.quiet();

    const { status, output, startDate, stopDate, input } = await system.onlyExecution();
    expect(status).toBe('SUCCEEDED');
    expect(JSON.parse(String(output))).toMatchObject({
      detail: { caseId: 'c-1', score: 0.9 },
      act: { count: 3, status: 200 },
      answer: { approved: true },
    });
    expect(Number(stopDate) - Number(startDate)).toBe(48 * 86_400 + 180);
    expect(JSON.parse(String(input))).toMatchObject({
      version: '0',
      id: expect.stringMatching(/^[\da-f-]{36}$/),
      'detail-type': 'bot-suspected',
      source: 'detection',
      account: '000000000000',
      time: '2027-01-01T00:00:00Z',
      region: 'eu-west-1',
      resources: [],
    });
    // A token is good once.
    await expect(
      system.call('SendTaskSuccess', { taskToken: asked.token, output: '{}' }),
    ).rejects.toMatchObject({ name: 'TaskTimedOut' });
    await expect(system.call('SendTaskSuccess', { taskToken: 'guess', output: '{}' })).rejects.toMatchObject({
      name: 'InvalidToken',
    });
  });

  it.each([
    ['without a case', { score: 0.9 }],
    ['with a score as text', { caseId: 'c-1', score: '0.9' }],
    ['with a low score', { caseId: 'c-1', score: 0.5 }],
  ])('%s takes the default branch at once', async (_, detail) => {
    const system = await aSystem([aBus, toMachine, aMachine(notice)]);
    // Without the first branch a missing score would fail the execution.
    await system.put(anEntry(detail));
    await system.clock.quiet();
    expect(await system.onlyExecution()).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('fails, by name, when the function keeps failing, when nobody attends, and when the person declines', async () => {
    let token = '';
    const refusal = { errorType: 'Refused', errorMessage: 'no such case' };
    const system = await aSystem([aMachine(notice)], {
      act: ({ caseId }: { caseId: string }) => {
        if (caseId === 'refused') throw new FunctionFailed('act', 'error', refusal);
        return { count: 1 };
      },
      ask: (event: { token: string; execution: string }) => {
        if (event.execution === 'declined') token = event.token;
      },
    });
    for (const name of ['refused', 'unattended', 'declined'])
      await system.start({ detail: { caseId: name, score: 1 } }, name);
    await system.clock.advance(30 * dayMs);
    expect(await system.describe('refused')).toMatchObject({
      status: 'FAILED',
      error: 'Case.Failed',
      cause: 'see the input',
    });

    await system.call('SendTaskFailure', { taskToken: token, error: 'Declined', cause: 'not convinced' });
    await system.clock.advance(10 * dayMs);
    expect(await system.describe('declined')).toMatchObject({ status: 'FAILED', error: 'Case.Failed' });
    const unattended = await system.describe('unattended');
    expect(unattended).toMatchObject({ status: 'SUCCEEDED' });
    expect(JSON.parse(String(unattended.output))).toEqual({
      Error: 'States.HeartbeatTimeout',
      Cause: expect.any(String),
    });

    const { events } = await system.call('GetExecutionHistory', { executionArn: unattended.executionArn });
    expect((events as { type: string }[]).map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'ChoiceStateEntered',
      'ChoiceStateExited',
      'WaitStateEntered',
      'WaitStateExited',
      'TaskStateEntered',
      'TaskStateExited',
      'TaskStateEntered',
      'TaskFailed',
      'TaskStateExited',
      'PassStateEntered',
      'PassStateExited',
      'ExecutionSucceeded',
    ]);
  });
});
