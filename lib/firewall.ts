import { Stack, type StackProps } from 'aws-cdk-lib';
import { CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';
import { wafCaptcha } from '#contract/challenge-policy.ts';
import { describeProblem } from '#contract/describe-problem.ts';
import { routes } from '#contract/routes.ts';
import type { StageConfig } from './stage-config.ts';

/** Rules count requests per address in windows of five minutes. */
const windowSeconds = 300;
/** One carrier's address can stand for thousands of phones; a flood from one machine is far above. */
const requestsPerWindow = 20_000;
const claimsPerWindow = 3_000;

/** The firewall of CloudFront. It can only live in us-east-1, so it is a stack of its own. */
export class FirewallStack extends Stack {
  readonly webAclArn: string;

  constructor(scope: Construct, id: string, stage: StageConfig, props: StackProps) {
    super(scope, id, props);
    const rules = [
      ...(stage.challenge.provider.name === 'aws-waf' ? captchaRules : []),
      { name: 'flood', statement: rateLimit(requestsPerWindow), action: { block: tooManyRequests } },
      {
        name: 'claim-flood',
        statement: rateLimit(claimsPerWindow, isClaim),
        action: { block: tooManyRequests },
      },
      { name: 'common', statement: commonRules, overrideAction: { none: {} } },
      ...hostingRules,
      ...(stage.waf.botControl
        ? [{ name: 'bots', statement: botControl, overrideAction: { none: {} } }]
        : []),
    ];
    this.webAclArn = new CfnWebACL(this, 'WebAcl', {
      scope: 'CLOUDFRONT',
      defaultAction: { allow: {} },
      customResponseBodies: {
        [slowDown.code]: { contentType: 'APPLICATION_JSON', content: JSON.stringify(slowDown) },
      },
      visibilityConfig: visibility(`evenfield-${stage.name}`),
      rules: rules.map((rule, priority) => ({ ...rule, priority, visibilityConfig: visibility(rule.name) })),
    }).attrArn;
  }
}

const visibility = (metricName: string): CfnWebACL.VisibilityConfigProperty => ({
  metricName,
  cloudWatchMetricsEnabled: true,
  // Samples would show drivers' requests, tokens included, to everyone with access to the console.
  sampledRequestsEnabled: false,
});

/** The firewall answers before any function can, so it holds the document itself. */
const slowDown = describeProblem('slow-down');

const tooManyRequests: CfnWebACL.BlockActionProperty = {
  customResponse: {
    responseCode: slowDown.status,
    customResponseBodyKey: slowDown.code,
    responseHeaders: [{ name: 'Retry-After', value: '60' }],
  },
};

const inOrder = (transformations: readonly string[]): CfnWebACL.TextTransformationProperty[] =>
  transformations.map((type, priority) => ({ type, priority }));

const matches = (
  fieldToMatch: CfnWebACL.FieldToMatchProperty,
  searchString: string,
  transformations: readonly string[],
  positionalConstraint = 'EXACTLY',
): CfnWebACL.StatementProperty => ({
  byteMatchStatement: {
    fieldToMatch,
    searchString,
    positionalConstraint,
    textTransformations: inOrder(transformations),
  },
});

const isThere = (fieldToMatch: CfnWebACL.FieldToMatchProperty): CfnWebACL.StatementProperty => ({
  sizeConstraintStatement: {
    fieldToMatch,
    comparisonOperator: 'GT',
    size: 0,
    textTransformations: inOrder(['NONE']),
  },
});

const all = (...statements: CfnWebACL.StatementProperty[]): CfnWebACL.StatementProperty => ({
  andStatement: { statements },
});

/** The gateway may take other spellings of a path for the same route. */
const spellings = ['URL_DECODE', 'NORMALIZE_PATH'];

const isClaim = all(
  matches({ method: {} }, routes.claimBlock.method, ['NONE']),
  matches({ uriPath: {} }, routes.claimBlock.path, spellings),
);

const [beforeId = '', afterId = ''] = routes.attemptChallenge.path.split('{challengeId}');
const bringsToken = all(
  matches({ method: {} }, routes.attemptChallenge.method, ['NONE']),
  matches({ uriPath: {} }, beforeId, spellings, 'STARTS_WITH'),
  matches({ uriPath: {} }, afterId, spellings, 'ENDS_WITH'),
  isThere({ singleHeader: { Name: wafCaptcha.tokenHeader } }),
  {
    notStatement: {
      // AWS WAF takes a token from a cookie as well, and the function could not tell whose puzzle was solved. What
      // is too large to look through may hide one.
      statement: matches(
        { headers: { matchPattern: { all: {} }, matchScope: 'KEY', oversizeHandling: 'MATCH' } },
        'cookie',
        ['LOWERCASE'],
      ),
    },
  },
);

/** AWS WAF writes `x-amzn-waf-` before the name, and the value over a client's own. */
const inserting = (name: string, value: string): CfnWebACL.CustomRequestHandlingProperty => ({
  insertHeaders: [{ name, value }],
});

/**
 * They tell the function whether this token's puzzle was solved: docs/challenge-providers.md#aws-waf. Neither lets
 * a request pass the other rules.
 */
const captchaRules = [
  {
    name: 'captcha-none',
    // Every request: nobody's own word of this name may arrive.
    statement: isThere({ uriPath: {} }),
    action: { count: { customRequestHandling: inserting(wafCaptcha.name, wafCaptcha.values.any) } },
  },
  {
    name: 'captcha-solved',
    statement: bringsToken,
    action: { captcha: { customRequestHandling: inserting(wafCaptcha.name, wafCaptcha.values.solved) } },
    captchaConfig: { immunityTimeProperty: { immunityTime: wafCaptcha.immunitySeconds } },
  },
];

const rateLimit = (limit: number, scope?: CfnWebACL.StatementProperty): CfnWebACL.StatementProperty => ({
  rateBasedStatement: {
    limit,
    aggregateKeyType: 'IP',
    evaluationWindowSec: windowSeconds,
    ...(scope && { scopeDownStatement: scope }),
  },
});

const countOnly = (name: string): CfnWebACL.RuleActionOverrideProperty => ({
  name,
  actionToUse: { count: {} },
});

const commonRules: CfnWebACL.StatementProperty = {
  managedRuleGroupStatement: {
    vendorName: 'AWS',
    name: 'AWSManagedRulesCommonRuleSet',
    ruleActionOverrides: [
      // Publishing sends up to 64 KB; the functions limit each body by the contract.
      countOnly('SizeRestrictions_BODY'),
      // A program of a partner may call without one.
      countOnly('NoUserAgent_HEADER'),
    ],
  },
};

/**
 * They tell the functions which requests come from a hosting provider's network, and stop nobody. That a network
 * anonymises (VPN, Tor) is told to nobody: people use those.
 */
const hostingRules = [
  {
    name: 'networks',
    statement: {
      managedRuleGroupStatement: {
        vendorName: 'AWS',
        name: 'AWSManagedRulesAnonymousIpList',
        // A rule that blocks ends the group, and the labels of those behind it are missing.
        ruleActionOverrides: [countOnly('AnonymousIPList'), countOnly('HostingProviderIPList')],
      },
    },
    // AWS may add rules to the group, which has no versions.
    overrideAction: { count: {} },
  },
  {
    name: 'hosting',
    statement: {
      labelMatchStatement: {
        scope: 'LABEL',
        key: 'awswaf:managed:aws:anonymous-ip-list:HostingProviderIPList',
      },
    },
    action: { count: { customRequestHandling: inserting('network', 'hosting') } },
  },
];

const botControl: CfnWebACL.StatementProperty = {
  managedRuleGroupStatement: {
    vendorName: 'AWS',
    name: 'AWSManagedRulesBotControlRuleSet',
    managedRuleGroupConfigs: [
      { awsManagedRulesBotControlRuleSet: { inspectionLevel: 'TARGETED', enableMachineLearning: true } },
    ],
    // Charged per request, so only where it matters.
    scopeDownStatement: isClaim,
    ruleActionOverrides: [
      // A phone app is no browser: it is an HTTP library and cannot answer a browser challenge.
      countOnly('SignalNonBrowserUserAgent'),
      countOnly('CategoryHttpLibrary'),
      countOnly('TGT_VolumetricIpTokenAbsent'),
      countOnly('TGT_TokenAbsent'),
    ],
  },
};
