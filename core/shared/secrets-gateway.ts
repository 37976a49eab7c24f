import { plainHttp } from './plain-http.ts';

export type ReadSecret = (arn: string) => Promise<string>;

export interface SecretsExtension {
  port: number;
  sessionToken: string;
}

/** Secrets are small: anything larger is not one of ours. */
const sizeLimit = 65_536;
const timeoutMs = 2_000;

/**
 * Reads secrets through the AWS Parameters and Secrets Lambda extension, which caches them:
 * no SDK client in the bundle, no call on a warm start.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieving-secrets_lambda.html
 */
export const secretsExtension =
  ({ port, sessionToken }: SecretsExtension): ReadSecret =>
  (arn) =>
    new Promise((resolve, reject) => {
      const request = plainHttp().get(
        {
          host: 'localhost',
          port,
          path: `/secretsmanager/get?secretId=${encodeURIComponent(arn)}`,
          headers: { 'x-aws-parameters-secrets-token': sessionToken },
          timeout: timeoutMs,
        },
        (response) => {
          let body = '';
          response.setEncoding('utf8');
          response.on('data', (part: string) => {
            body += part;
            if (body.length > sizeLimit) request.destroy(new Error('the secret is too large'));
          });
          response.on('error', reject);
          response.on('end', () => {
            // The body may hold the value: it must not become part of an error.
            if (response.statusCode !== 200)
              return reject(new Error(`secrets: status ${response.statusCode}`));
            try {
              resolve((JSON.parse(body) as { SecretString: string }).SecretString);
            } catch {
              reject(new Error('secrets: unreadable answer'));
            }
          });
        },
      );
      request.on('timeout', () => request.destroy(new Error('secrets: no answer')));
      request.on('error', reject);
    });
