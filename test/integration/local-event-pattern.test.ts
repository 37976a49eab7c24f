import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LocalFailure } from '#local/failure.ts';
import { assertPattern, matchesPattern } from '#local/services/event-pattern.ts';

type Case = [sentence: string, pattern: object, matching: object[], other: object[]];

/** Most are the examples of https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html */
const cases: Case[] = [
  [
    'values of one field are alternatives, fields are conditions',
    { source: ['aws.ec2'], detail: { state: ['running', 'stopped'] } },
    [{ source: 'aws.ec2', detail: { state: 'stopped', id: 1 } }],
    [
      { source: 'aws.ec2', detail: { state: 'pending' } },
      { source: 'aws.ec2' },
      { detail: { state: 'running' } },
    ],
  ],
  ['the empty text is a value', { LastName: [''] }, [{ LastName: '' }], [{ LastName: null }, {}]],
  ['null matches null, not an absent field', { UserID: [null] }, [{ UserID: null }], [{}, { UserID: '' }]],
  ['a number is not its text', { 'c-count': [300] }, [{ 'c-count': 3.0e2 }], [{ 'c-count': '300' }]],
  [
    'prefix',
    { time: [{ prefix: '2017-10-02' }] },
    [{ time: '2017-10-02T18:43:48Z' }],
    [{ time: '2017-10-03' }],
  ],
  [
    'prefix and suffix ignore case when asked to',
    {
      service: [{ prefix: { 'equals-ignore-case': 'EventB' } }],
      bus: [{ suffix: { 'equals-ignore-case': 'tBridge' } }],
    },
    [{ service: 'eventbridge', bus: 'EVENTBRIDGE' }],
    [
      { service: 'an eventbridge', bus: 'eventbridge' },
      { service: 'eventbridge', bus: 'eventbridges' },
    ],
  ],
  [
    'suffix',
    { FileName: [{ suffix: '.png' }] },
    [{ FileName: 'a.png' }],
    [{ FileName: 'a.PNG' }, { FileName: 5 }],
  ],
  [
    'anything but a text, a number, a list',
    { state: [{ 'anything-but': ['stopped', 'overloaded'] }], limit: [{ 'anything-but': 123 }] },
    [
      { state: 'running', limit: 124 },
      { state: null, limit: '123' },
    ],
    [{ state: 'stopped', limit: 1 }, { state: 'running', limit: 123 }, { limit: 1 }],
  ],
  [
    'anything but a beginning, an end, a spelling, a form',
    {
      a: [{ 'anything-but': { prefix: 'init' } }],
      b: [{ 'anything-but': { suffix: ['.txt', '.rtf'] } }],
      c: [{ 'anything-but': { 'equals-ignore-case': ['initializing', 'stopped'] } }],
      d: [{ 'anything-but': { wildcard: '*/lib/*' } }],
    },
    [{ a: 'running', b: 'x.png', c: 'running', d: '/usr/bin/x' }],
    [
      { a: 'initial', b: 'x.png', c: 'running', d: '/usr/bin/x' },
      { a: 'running', b: 'x.rtf', c: 'running', d: '/usr/bin/x' },
      { a: 'running', b: 'x.png', c: 'STOPPED', d: '/usr/bin/x' },
      { a: 'running', b: 'x.png', c: 'running', d: '/usr/lib/x' },
    ],
  ],
  [
    'numeric comparisons and ranges with open and closed ends',
    {
      'c-count': [{ numeric: ['>', 0, '<=', 5] }],
      'd-count': [{ numeric: ['<', 10] }],
      'x-limit': [{ numeric: ['=', 3.018e2] }],
    },
    [{ 'c-count': 5, 'd-count': -4, 'x-limit': 301.8 }],
    [
      { 'c-count': 0, 'd-count': 1, 'x-limit': 301.8 },
      { 'c-count': 1, 'd-count': 10, 'x-limit': 301.8 },
      { 'c-count': '1', 'd-count': 1, 'x-limit': 301.8 },
    ],
  ],
  [
    'equals-ignore-case',
    { 'detail-type': [{ 'equals-ignore-case': 'ec2 notice' }] },
    [{ 'detail-type': 'EC2 Notice' }],
    [{ 'detail-type': 'EC2' }],
  ],
  [
    'exists looks at leaves',
    { detail: { ip: [{ exists: true }] } },
    [{ detail: { ip: null } }],
    [{ detail: { ip: {} } }, { detail: {} }, {}],
  ],
  [
    'exists false is about absence',
    { detail: { ip: [{ exists: false }] } },
    [{ detail: { a: 1 } }, {}],
    [{ detail: { ip: null } }],
  ],
  [
    'exists false is one alternative among others',
    { a: ['x', { exists: false }] },
    [{ a: 'x' }, {}],
    [{ a: 'y' }],
  ],
  [
    'a wildcard stands for any run, and is itself after a backslash',
    { path: [{ wildcard: 'dir/*.png' }], literal: [{ wildcard: 'a\\*b' }] },
    [{ path: 'dir/a\n/b.png', literal: 'a*b' }],
    [
      { path: 'dir/apng', literal: 'a*b' },
      { path: 'dir/.png', literal: 'axb' },
    ],
  ],
  [
    'cidr',
    { ip: [{ cidr: '10.0.0.0/24' }] },
    [{ ip: '10.0.0.255' }],
    [{ ip: '10.0.1.0' }, { ip: '::1' }, { ip: 'no' }],
  ],
  [
    'of an array any element will do',
    { groups: ['asg-2', { prefix: 'web-' }] },
    [{ groups: ['asg-1', 'asg-2'] }, { groups: ['web-1'] }],
    [{ groups: ['asg-1'] }, { groups: [] }],
  ],
  [
    'fields of two elements of an array are not mixed',
    { items: { name: ['a'], size: [{ numeric: ['>', 5] }] } },
    [
      {
        items: [
          { name: 'b', size: 1 },
          { name: 'a', size: 9 },
        ],
      },
    ],
    [
      {
        items: [
          { name: 'b', size: 9 },
          { name: 'a', size: 1 },
        ],
      },
    ],
  ],
  [
    '$or across fields, beside other conditions',
    {
      source: ['cpu'],
      detail: {
        $or: [
          { 'c-count': [{ numeric: ['>', 0] }] },
          { 'd-count': [{ numeric: ['<', 10] }] },
          { 'x-limit': [3] },
        ],
      },
    },
    [
      { source: 'cpu', detail: { 'c-count': 1 } },
      { source: 'cpu', detail: { 'd-count': 1, 'x-limit': 7 } },
    ],
    [
      { source: 'cpu', detail: { 'c-count': 0, 'd-count': 10 } },
      { source: 'gpu', detail: { 'c-count': 1 } },
    ],
  ],
  ['inherited names are not fields', { detail: { constructor: [{ exists: true }] } }, [], [{ detail: {} }]],
];

describe('an event pattern', () => {
  it.each(cases)('%s', (_, pattern, matching, other) => {
    assertPattern(pattern, 'case');
    expect(matching.filter((event) => !matchesPattern(pattern, event))).toEqual([]);
    expect(other.filter((event) => matchesPattern(pattern, event))).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['unknown operator "contains" at "detail.a"', { detail: { a: [{ contains: 'x' }] } }],
    ['operator "numeric" does not take [">",5,"<",3] at "a"', { a: [{ numeric: ['>', 5, '<', 3] }] }],
    ['operator "numeric" does not take ["~",5] at "a"', { a: [{ numeric: ['~', 5] }] }],
    ['operator "wildcard" does not take "a**" at "a"', { a: [{ wildcard: 'a**' }] }],
    ['operator "anything-but" does not take ["x",1] at "a"', { a: [{ 'anything-but': ['x', 1] }] }],
    ['operator "cidr" does not take "10.0.0.0/33" at "a"', { a: [{ cidr: '10.0.0.0/33' }] }],
    ['a condition takes exactly one operator at "a"', { a: [{ prefix: 'x', suffix: 'y' }] }],
    ['"a" takes a non-empty array of values or a nested pattern', { a: [] }],
    ['"a" takes a non-empty array of values or a nested pattern', { a: 'x' }],
    ['empty object at "detail"', { detail: {} }],
    ['"$or" takes an array of two or more patterns', { $or: [{ a: [1] }] }],
    ['an event pattern is a JSON object', ['a']],
  ])('is refused in one line that names the rule: %s', (reason, pattern) => {
    expect(() => assertPattern(pattern, 'rule Nightly')).toThrow(new LocalFailure(`rule Nightly: ${reason}`));
  });

  const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
  const flatEvent = fc.dictionary(
    fc.string().filter((key) => key !== '$or' && key !== '__proto__'),
    leaf,
    { minKeys: 1 },
  );
  const exactly = (event: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(event).map(([key, value]) => [key, [value]]));

  it('made of an event matches that event, and no event with one value changed', () => {
    void fc.assert(
      fc.property(flatEvent, leaf, fc.nat(), (event, value, index) => {
        const pattern = exactly(event);
        assertPattern(pattern, 'property');
        expect(matchesPattern(pattern, event)).toBe(true);
        const key = Object.keys(event)[index % Object.keys(event).length] as string;
        expect(matchesPattern(pattern, { ...event, [key]: value })).toBe(event[key] === value);
      }),
    );
  });

  it('with anything-but matches exactly the texts that the plain pattern does not', () => {
    const name = fc.constantFrom('prefix', 'suffix', 'equals-ignore-case', 'wildcard');
    const text = fc.string({ unit: fc.constantFrom('a', 'A', 'b', '.', '(', '\\', '$') });
    void fc.assert(
      fc.property(name, text, text, (operator, argument, value) => {
        const plain = { field: [{ [operator]: argument }] };
        const negated = { field: [{ 'anything-but': { [operator]: argument } }] };
        expect(matchesPattern(negated, { field: value })).toBe(!matchesPattern(plain, { field: value }));
        const expected = { prefix: value.startsWith(argument), suffix: value.endsWith(argument) };
        if (operator in expected)
          expect(matchesPattern(plain, { field: value })).toBe(expected[operator as keyof typeof expected]);
      }),
    );
  });
});
