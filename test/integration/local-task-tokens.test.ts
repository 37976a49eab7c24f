import aslValidator from 'asl-validator';
import { describe, expect, it } from 'vitest';
import { FunctionFailed } from '#local/functions/protocol.ts';
import { aMachine, aSystem, dayMs, lambda } from '#test/support/local-stand-ins.ts';

describe('a task that waits for its token', () => {
  const ask = (more: object) => ({
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    Parameters: { FunctionName: lambda('ask'), Payload: { 'token.$': '$$.Task.Token', 'who.$': '$.who' } },
    ...more,
  });
  const asking = (state: object) => ({
    StartAt: 'Ask',
    States: {
      Ask: ask({ Catch: [{ ErrorEquals: ['Unexpected'], Next: 'Later' }], ...state, Next: 'Answered' }),
      Answered: { Type: 'Pass', End: true },
      Later: { Type: 'Wait', Seconds: 3600, End: true },
    },
  });
  const late = { name: 'TaskTimedOut' };

  const aSystemAsking = async (definition: object, reply: (who: string) => void = () => {}) => {
    expect(aslValidator(structuredClone(definition))).toMatchObject({ isValid: true });
    const tokens: Record<string, string> = {};
    const system = await aSystem([aMachine(definition)], {
      ask: ({ token, who }: { token: string; who: string }) => {
        tokens[who] = token;
        reply(who);
      },
    });
    const answer = (who: string) =>
      system.call('SendTaskSuccess', { taskToken: tokens[who], output: JSON.stringify(who) });
    return {
      ...system,
      answer,
      beat: (who: string) => system.call('SendTaskHeartbeat', { taskToken: tokens[who] }),
    };
  };

  it('waits without a limit of its own, as AWS does', async () => {
    const { start, clock, answer, describe } = await aSystemAsking(asking({}));
    await start({ who: 'ann' }, 'patient');
    await clock.advance(365 * dayMs);
    await answer('ann');
    await clock.quiet();
    expect(await describe('patient')).toMatchObject({ status: 'SUCCEEDED', output: '"ann"' });
  });

  it('has a token of its own in each iteration', async () => {
    const { start, clock, answer, describe } = await aSystemAsking({
      StartAt: 'Each',
      States: {
        Each: {
          Type: 'Map',
          ItemSelector: { 'who.$': '$$.Map.Item.Value' },
          ItemProcessor: { StartAt: 'Ask', States: { Ask: ask({ End: true }) } },
          End: true,
        },
      },
    });
    await start(['ann', 'bob'], 'both');
    await clock.quiet();
    for (const who of ['bob', 'ann']) await answer(who);
    await clock.quiet();
    expect(await describe('both')).toMatchObject({ status: 'SUCCEEDED', output: '["ann","bob"]' });
  });

  it.each([
    ['at its timeout', { TimeoutSeconds: 60, Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'Later' }] }],
    [
      'at a missed heartbeat, which is a timeout too',
      { HeartbeatSeconds: 60, Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'Later' }] },
    ],
  ])('gives up %s, and the token with it', async (_, limits) => {
    const { start, clock, answer, describe, beat } = await aSystemAsking(asking(limits));
    await start({ who: 'ann' }, 'late');
    if ('HeartbeatSeconds' in limits) {
      await clock.advance(59_000);
      await beat('ann');
    }
    await clock.advance(60_000);
    await expect(answer('ann')).rejects.toMatchObject(late);
    expect(await describe('late')).toMatchObject({ status: 'RUNNING' });
  });

  it('closes the token when the request fails, and when the execution is stopped', async () => {
    const unreachable = { errorType: 'Unreachable', errorMessage: 'no desk' };
    const { start, clock, answer, call } = await aSystemAsking(
      asking({ Catch: [{ ErrorEquals: ['Unreachable'], Next: 'Later' }] }),
      (who) => {
        if (who === 'ann') throw new FunctionFailed('ask', 'error', unreachable);
      },
    );
    await start({ who: 'ann' });
    const { executionArn } = await start({ who: 'bob' });
    await clock.quiet();
    await expect(answer('ann')).rejects.toMatchObject(late);
    await call('StopExecution', { executionArn });
    await clock.quiet();
    await expect(answer('bob')).rejects.toMatchObject(late);
  });
});
