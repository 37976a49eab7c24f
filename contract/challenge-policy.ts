import * as z from 'zod/mini';

const secretArn = z.string().check(z.regex(/^arn:aws[a-z-]*:secretsmanager:/));
/** Of pages that show the widget: the service says on which of them a puzzle was solved. */
const hosts = z
  .array(z.string().check(z.regex(/^(?=.{1,253}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+$/)))
  .check(z.minLength(1), z.maxLength(8));

/**
 * Who makes the object task of a stage. What happens when a service does not answer is nobody's choice:
 * docs/challenge-providers.md.
 */
export const providerPolicy = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('embedded') }),
  z.strictObject({
    name: z.literal('turnstile'),
    /** Those that begin with a digit from 1 to 3 are Cloudflare's for tests: anybody passes them. */
    siteKey: z.string().check(z.regex(/^0x[\w-]{10,40}$/)),
    /** Of a secret that is made by hand: the secret key, nothing around it. */
    secretArn,
    hosts,
  }),
  z.strictObject({
    name: z.literal('hcaptcha'),
    /** Not one of hCaptcha's for tests: anybody passes them. */
    siteKey: z.string().check(z.regex(/^(?!\d0{7}-f{4}-)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)),
    /** Of a secret that is made by hand: the secret key, nothing around it. */
    secretArn,
    hosts,
  }),
  z.strictObject({
    name: z.literal('aws-waf'),
    /** Without the name of the script, as the console shows it. */
    integrationUrl: z
      .string()
      .check(z.regex(/^https:\/\/[a-z0-9-]+(\.[a-z0-9-]+)*\.captcha-sdk\.awswaf\.com(\/[a-z0-9-]+)*$/)),
    /** Public: it names the domains that may show the puzzle, and travels in functions' environment. */
    apiKey: z.string().check(z.regex(/^[\w+/=.-]{1,1024}$/)),
  }),
]);
export type ProviderPolicy = z.infer<typeof providerPolicy>;
export type PolicyOf<N extends ProviderPolicy['name']> = Extract<ProviderPolicy, { name: N }>;

/**
 * What the firewall and the function that trusts it agree on. AWS WAF writes `x-amzn-waf-` before the name of a
 * header that a rule inserts, and overwrites one that the client sent.
 */
export const wafCaptcha = {
  /** The client sends its token in this header, which AWS WAF reads as well as the cookie `aws-waf-token`. */
  tokenHeader: 'x-aws-waf-token',
  name: 'evenfield-captcha',
  header: 'x-amzn-waf-evenfield-captcha',
  /** Inserted into all requests, and into those whose token holds a solved puzzle. */
  values: { any: 'none', solved: 'solved' },
  /** How long a solved puzzle counts: a hold with its extension, because the token cannot name a challenge. */
  immunitySeconds: 120,
} as const;
