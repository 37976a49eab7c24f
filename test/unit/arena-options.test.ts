import { describe, expect, it } from 'vitest';
import { Mistake, type Options, readOptions } from '../../arena/options.ts';

describe('the options', () => {
  const partsOf = (...args: string[]) => {
    const { seconds, days, draws } = readOptions(args) as Options;
    return { seconds, days, draws };
  };

  it('play every part, or those that are asked for', () => {
    expect(readOptions([])).toMatchObject({
      ...{ seconds: 75, days: 30, draws: 10_000 },
      ...{ modes: ['direct', 'gated', 'draw'], defences: ['off', 'on'] },
    });
    expect(readOptions(['--mode', 'both'])).toMatchObject({ modes: ['direct', 'gated'] });
    expect(partsOf('--seconds', '60')).toEqual({ seconds: 60 });
    expect(partsOf('--days', '30', '--seconds', '60')).toEqual({ seconds: 60, days: 30 });
    expect(partsOf('--only', 'speed')).toEqual({ draws: 10_000 });
    expect(partsOf('--only', 'live', '--days', '30')).toEqual({ seconds: 75 });
  });

  it.each([
    [['--humans', 'many'], '--humans takes a number'],
    [['--bots', '2'], '--bots takes a number from 0 to 0.9'],
    [['--mode', 'fast'], '--mode takes direct, gated, draw, both or all, not "fast"'],
    [['--only', 'days'], '--only takes speed, live or months'],
    [['--secnods', '9'], 'see --help'],
  ])('refuse %j in words', (args, words) => {
    expect(() => readOptions(args)).toThrow(Mistake);
    expect(() => readOptions(args)).toThrow(words);
  });
});
