import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { type ProviderPolicy, providerPolicy, wafCaptcha } from '#contract/challenge-policy.ts';
import { networkOf } from '#core/detection/network.ts';
import { FirewallStack } from '#lib/firewall.ts';
import { readStage } from '#lib/stage-config.ts';
import { policies } from '#test/support/provider-stand-ins.ts';
import { theResource } from './synth.ts';

const production = readStage('production');

interface Rule {
  Name: string;
  Priority: number;
  Statement: Record<string, unknown>;
  Action?: Record<string, unknown>;
  OverrideAction?: Record<string, unknown>;
  CaptchaConfig?: Record<string, unknown>;
}

/** In the order in which requests meet them. */
const rulesFor = (provider: ProviderPolicy): Rule[] => {
  const stage = { ...production, challenge: { ...production.challenge, provider } };
  const stack = new FirewallStack(new App(), 'Firewall', stage, { env: { region: 'us-east-1' } });
  const { Rules } = theResource(Template.fromStack(stack), 'AWS::WAFv2::WebACL').properties;
  return (Rules as Rule[]).toSorted((a, b) => a.Priority - b.Priority);
};

/** Capacity units of the managed groups, by their documentation. */
const groupUnits: Record<string, number> = {
  AWSManagedRulesCommonRuleSet: 700,
  AWSManagedRulesAnonymousIpList: 50,
  AWSManagedRulesBotControlRuleSet: 50,
};

/** At most: a statement of these kinds takes 2 units or fewer, and each transformation 10. */
const capacityOf = (statements: unknown): number => {
  if (typeof statements !== 'object' || statements === null) return 0;
  return Object.entries(statements).reduce((sum, [name, value]) => {
    const group = name === 'ManagedRuleGroupStatement' ? (groupUnits[value.Name] ?? Number.NaN) : 0;
    const transformations = name === 'TextTransformations' ? 10 * value.length : 0;
    const own = group + transformations + (name.endsWith('Statement') ? 2 : 0);
    return sum + own + capacityOf(value);
  }, 0);
};

const ours = rulesFor({ name: 'embedded' });
const inserts = (Value: string) => ({
  CustomRequestHandling: { InsertHeaders: [{ Name: wafCaptcha.name, Value }] },
});
const transformed = (...types: string[]) => types.map((Type, Priority) => ({ Type, Priority }));
const bytes = (
  FieldToMatch: object,
  PositionalConstraint: string,
  SearchString: string,
  types: string[],
) => ({
  ByteMatchStatement: {
    FieldToMatch,
    PositionalConstraint,
    SearchString,
    TextTransformations: transformed(...types),
  },
});
const isThere = (FieldToMatch: object) => ({
  SizeConstraintStatement: {
    FieldToMatch,
    ComparisonOperator: 'GT',
    Size: 0,
    TextTransformations: transformed('NONE'),
  },
});

describe('the firewall of a stage whose tasks come from AWS WAF', () => {
  const rules = rulesFor(providerPolicy.parse(policies.awsWaf));
  const [first, second] = rules;

  it('writes its word over that of every request first of all, and lets nobody pass', () => {
    expect(first).toMatchObject({ Priority: 0, Action: { Count: inserts('none') } });
    expect(first?.Statement).toEqual(isThere({ UriPath: {} }));
  });

  it('vouches after that for solved puzzles, on attempts that bring a token and no cookie', () => {
    expect(second).toMatchObject({
      Priority: 1,
      Action: { Captcha: inserts('solved') },
      CaptchaConfig: { ImmunityTimeProperty: { ImmunityTime: 120 } },
    });
    const spellings = ['URL_DECODE', 'NORMALIZE_PATH'];
    const names = { MatchPattern: { All: {} }, MatchScope: 'KEY', OversizeHandling: 'MATCH' };
    expect(second?.Statement).toEqual({
      AndStatement: {
        Statements: [
          bytes({ Method: {} }, 'EXACTLY', 'POST', ['NONE']),
          bytes({ UriPath: {} }, 'STARTS_WITH', '/v1/challenges/', spellings),
          bytes({ UriPath: {} }, 'ENDS_WITH', '/attempts', spellings),
          isThere({ SingleHeader: { Name: 'x-aws-waf-token' } }),
          { NotStatement: { Statement: bytes({ Headers: names }, 'EXACTLY', 'cookie', ['LOWERCASE']) } },
        ],
      },
    });
  });

  it('inserts what the function reads', () => {
    expect(wafCaptcha.header).toBe(`x-amzn-waf-${wafCaptcha.name}`);
  });

  it('keeps the other rules, each with a priority of its own', () => {
    expect(rules.slice(2).map(({ Name }) => Name)).toEqual(ours.map(({ Name }) => Name));
    expect(rules.map(({ Priority }) => Priority)).toEqual(rules.map((_, index) => index));
  });
});

describe('the firewall of any other stage', () => {
  it.each(['turnstile', 'hcaptcha'] as const)('asks for no puzzle with %s, as with our own task', (name) => {
    const rules = rulesFor(providerPolicy.parse(policies[name]));
    expect(rules).toEqual(ours);
    expect(JSON.stringify(rules)).not.toMatch(/captcha/i);
  });
});

describe('the firewall of every stage', () => {
  const at = ours.findIndex(({ Name }) => Name === 'networks');
  const [networks, hosting] = ours.slice(at);

  it('looks networks up and stops nobody for theirs, whatever rules the group gets', () => {
    const count = (Name: string) => ({ Name, ActionToUse: { Count: {} } });
    expect(networks?.Statement).toEqual({
      ManagedRuleGroupStatement: {
        VendorName: 'AWS',
        Name: 'AWSManagedRulesAnonymousIpList',
        RuleActionOverrides: [count('AnonymousIPList'), count('HostingProviderIPList')],
      },
    });
    expect(networks?.OverrideAction).toEqual({ Count: {} });
  });

  it('tells the function which are a host’s, and of no other kind', () => {
    const Key = 'awswaf:managed:aws:anonymous-ip-list:HostingProviderIPList';
    expect(hosting?.Statement).toEqual({ LabelMatchStatement: { Scope: 'LABEL', Key } });
    const word = { Name: 'network', Value: 'hosting' };
    expect(hosting?.Action).toEqual({ Count: { CustomRequestHandling: { InsertHeaders: [word] } } });
    const headers = { 'x-forwarded-for': '203.0.113.7, 192.0.2.1', [`x-amzn-waf-${word.Name}`]: word.Value };
    expect(networkOf(headers)).toEqual({ network: { prefix: '203.0.113', kind: 'hosting' } });
    const labels = ours.filter(({ Statement }) => 'LabelMatchStatement' in Statement);
    expect(labels).toEqual([hosting]);
  });

  it('stays within the capacity that costs nothing more', () => {
    expect(capacityOf(rulesFor(providerPolicy.parse(policies.awsWaf)))).toBeLessThan(1_500);
  });
});
