import { describe, expect, it } from 'vitest';
import { LocalFailure } from '#local/failure.ts';
import { aMachine, aSystem, lambda } from '#test/support/local-stand-ins.ts';

describe('a state machine that the engine would carry out wrongly', () => {
  const pass = (state: object) => ({ StartAt: 'S', States: { S: { Type: 'Pass', End: true, ...state } } });
  const task = (state: object) =>
    pass({
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      Parameters: { FunctionName: lambda('f') },
      ...state,
    });

  it.each<[string, object]>([
    [
      'JSONata does not run locally, write JSONPath',
      { QueryLanguage: 'JSONata', ...pass({ Output: '{% 1 %}' }) },
    ],
    ['JSONata does not run locally, write JSONPath', pass({ QueryLanguage: 'JSONata', Output: '{% 1 %}' })],
    [
      'state S: "Assign" belongs to JSONata or variables, which do not run locally',
      pass({ Assign: { x: 1 } }),
    ],
    ['state S: variables do not run locally: $x.y', pass({ Parameters: { 'a.$': '$x.y' } })],
    [
      'state S: the context object has no $$.State.RetryCount locally',
      pass({ Parameters: { 'a.$': '$$.State.RetryCount' } }),
    ],
    [
      'state S: $$.Map.Item.Value is only there in ItemSelector',
      pass({ Parameters: { 'a.$': '$$.Map.Item.Value' } }),
    ],
    ['state S: $$.Task.Token needs .waitForTaskToken', pass({ Parameters: { 'a.$': '$$.Task.Token' } })],
    [
      'state S: nobody gets $$.Task.Token, so it would wait for ever',
      task({ Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken' }),
    ],
    ['state S: the Result false is ignored locally, put it in an object', pass({ Result: false })],
    [
      'state S: no local stand-in for arn:aws:states:::sns:publish',
      task({ Resource: 'arn:aws:states:::sns:publish' }),
    ],
    [
      'state S: no local stand-in for arn:aws:states:::states:startExecution.sync',
      task({ Resource: 'arn:aws:states:::states:startExecution.sync' }),
    ],
  ])('is refused at start in one line: %s', async (reason, definition) => {
    await expect(aSystem([aMachine(definition)])).rejects.toThrow(
      new LocalFailure(`state machine Notice${reason.startsWith('state ') ? ', ' : ': '}${reason}`),
    );
  });

  it.each<[string, object]>([
    ['no "States"', { StartAt: 'S' }],
    ['StartAt leads to no state: X', { ...pass({}), StartAt: 'X' }],
    ['state S leads to no state: X', pass({ End: false, Next: 'X' })],
    ['state S leads to no state: undefined', pass({ End: false })],
    ['state S leads to no state: X', task({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'X' }] })],
    ['state S leads to no state: constructor', pass({ End: false, Next: 'constructor' })],
    ['two states are called S', pass({ Type: 'Parallel', Branches: [pass({})] })],
  ])('or that leads nowhere is refused too: %s', async (reason, definition) => {
    await expect(aSystem([aMachine(definition)])).rejects.toThrow(
      new LocalFailure(`state machine Notice: ${reason}`),
    );
  });
});
