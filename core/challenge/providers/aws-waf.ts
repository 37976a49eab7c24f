import { type PolicyOf, wafCaptcha } from '#contract/challenge-policy.ts';
import { refused, type TaskService, unavailable } from './provider.ts';

/**
 * AWS WAF verifies its tokens itself, in front of us, and nowhere else. Its rules insert a header into every request,
 * over whatever the client sent, and the edge's secret says that a request came by that way.
 * docs/challenge-providers.md has the rules.
 */
export const awsWafProvider = ({ integrationUrl, apiKey }: PolicyOf<'aws-waf'>): TaskService => ({
  view: {
    kind: 'external',
    provider: 'aws-waf',
    siteKey: apiKey,
    scriptUrl: `${integrationUrl}/jsapi.js`,
  },
  verify: async (token, { headers }) => {
    const word = headers[wafCaptcha.header];
    if (word === undefined) return unavailable('no-firewall');
    if (word !== wafCaptcha.values.solved) return refused('not-vouched');
    // With a cookie, or with two headers that the gateway made one, nobody knows which token was verified. A token
    // is a cookie's value, and RFC 6265 section 4.1.1 keeps commas and spaces out of those.
    const isOnly = headers.cookie === undefined && !/[,\s]/.test(token);
    const isVouchedFor = isOnly && headers[wafCaptcha.tokenHeader] === token;
    return isVouchedFor ? { status: 'passed' } : refused('not-vouched');
  },
});
