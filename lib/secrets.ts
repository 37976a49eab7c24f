import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { explain } from './explain.ts';

/**
 * A secret that rotates by raising its number in the stage config. The generation before and the one after
 * stand beside the current one: while a deployment moves senders from n to n + 1 in any order, every
 * receiver, updated or not, accepts both.
 */
export class SecretGenerations extends Construct {
  readonly current: Secret;
  /** The current one first. */
  readonly accepted: readonly { generation: number; secret: Secret }[];

  constructor(scope: Construct, id: string, current: number) {
    super(scope, id);
    const create = (generation: number) => ({ generation, secret: this.create(generation) });
    const now = create(current);
    this.current = now.secret;
    this.accepted = [now, create(current + 1), ...(current > 1 ? [create(current - 1)] : [])];
  }

  /** ARNs for an environment variable. */
  get arns(): string {
    return this.accepted.map(({ secret }) => secret.secretArn).join(',');
  }

  /** `generation=arn` pairs for an environment variable. */
  get numberedArns(): string {
    return this.accepted.map(({ generation, secret }) => `${generation}=${secret.secretArn}`).join(',');
  }

  private create(generation: number): Secret {
    const secret = new Secret(this, `Generation${generation}`, {
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
    });
    explain(secret, {
      SMG4: 'Rotated by generations at deployment, without the gap that rotating one value in place has.',
    });
    return secret;
  }
}
