import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Why a rule of cdk-nag's AwsSolutions pack does not fit here, by the rule's short name. */
export const explain = (construct: IConstruct, findings: Record<string, string>): void =>
  Validations.of(construct).acknowledge(
    ...Object.entries(findings).map(([rule, reason]) => ({
      id: `AwsSolutions::AwsSolutions-${rule}`,
      reason,
    })),
  );
