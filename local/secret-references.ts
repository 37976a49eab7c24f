import { LocalFailure } from './failure.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html */
const reference = /\{\{resolve:([^}]*)\}\}/g;
const ofSecretsManager =
  /^secretsmanager:(?<id>arn:[^:]+:[^:]+:[^:]*:[^:]*:secret:[^:]+|[^:]+)(?::SecretString(?::(?<key>[^:]*))?.*)?$/;

/** Replaces `{{resolve:secretsmanager:...}}` with the secret, or with one key of a secret that is JSON. */
export function resolveSecretReferences(text: string, secretValue: (idOrArn: string) => string): string {
  return text.replace(reference, (whole, inside: string) => {
    const { id, key } = ofSecretsManager.exec(inside)?.groups ?? {};
    if (id === undefined) throw new LocalFailure(`the local system cannot resolve ${whole}`);
    const secret = secretValue(id);
    if (!key) return secret;
    const value = (JSON.parse(secret) as Record<string, unknown>)[key];
    if (value === undefined) throw new LocalFailure(`the secret of ${whole} has no key "${key}"`);
    return String(value);
  });
}
