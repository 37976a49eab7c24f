import { createHash } from 'node:crypto';
import type { Surroundings } from './template.ts';

interface Identity {
  /** What `Ref` gives. */
  readonly physicalId: string;
  /** What `Fn::GetAtt` gives. */
  readonly attributes: Readonly<Record<string, string>>;
}
interface Named {
  readonly logicalId: string;
  readonly type: string;
  /** A resolved property; only those that name the resource are read. */
  readonly property: (name: string) => unknown;
}
type Rule = (resource: Named, surroundings: Surroundings & { arn: ArnOf }) => Identity;
type ArnOf = (service: string, resource: string) => string;

const text = (value: unknown): string | undefined => (value === undefined ? undefined : String(value));
const digest = (value: string, length: number) =>
  createHash('sha256').update(value).digest('hex').slice(0, length);
const host = (endpoint: string | undefined) => (endpoint ?? '').replace(/^https?:\/\//, '');

/** A resource whose `Ref` is its name: the given one, else its logical id. */
const named =
  (property: string, service: string, resource: (name: string) => string = (name) => name): Rule =>
  ({ logicalId, property: read }, { arn }) => {
    const name = text(read(property)) ?? logicalId;
    return { physicalId: name, attributes: { Arn: arn(service, resource(name)), Name: name } };
  };

/** A resource whose `Ref` is its ARN. */
const referredByArn =
  (property: string, service: string, resource: (name: string) => string): Rule =>
  ({ logicalId, property: read }, { arn }) => {
    const name = text(read(property)) ?? logicalId;
    const own = arn(service, resource(name));
    return { physicalId: own, attributes: { Arn: own, Id: own, Name: name, TopicArn: own, TopicName: name } };
  };

const table: Rule = ({ logicalId, property }, { arn }) => {
  const name = text(property('TableName')) ?? logicalId;
  const own = arn('dynamodb', `table/${name}`);
  return { physicalId: name, attributes: { Arn: own, StreamArn: `${own}/stream/local`, TableId: name } };
};

const qualified =
  (qualifier: (property: Named['property']) => string): Rule =>
  ({ property }, { arn }) => {
    const given = String(property('FunctionName'));
    const own = given.startsWith('arn:') ? given : arn('lambda', `function:${given}`);
    const version = qualifier(property);
    return {
      physicalId: `${own}:${version}`,
      attributes: { FunctionArn: own, Version: version, AliasArn: `${own}:${version}` },
    };
  };

const rules: Readonly<Record<string, Rule>> = {
  'AWS::ApiGatewayV2::Api': ({ logicalId }, { endpoints }) => {
    const id = digest(logicalId, 10);
    return { physicalId: id, attributes: { ApiId: id, ApiEndpoint: endpoints.api ?? '' } };
  },
  'AWS::ApiGatewayV2::Stage': named('StageName', 'apigateway'),
  'AWS::CloudFront::Distribution': ({ logicalId }, { endpoints }) => {
    const id = digest(logicalId, 14).toUpperCase();
    return { physicalId: id, attributes: { Id: id, DomainName: host(endpoints.api) } };
  },
  'AWS::Cognito::UserPool': ({ logicalId }, { region, endpoints, arn }) => {
    const id = `${region}_${digest(logicalId, 9)}`;
    return {
      physicalId: id,
      attributes: {
        Arn: arn('cognito-idp', `userpool/${id}`),
        ProviderName: `${host(endpoints.cognito)}/${id}`,
        ProviderURL: `${endpoints.cognito}/${id}`,
        UserPoolId: id,
      },
    };
  },
  'AWS::Cognito::UserPoolClient': ({ logicalId, property }) => {
    const id = digest(logicalId, 26);
    return { physicalId: id, attributes: { ClientId: id, Name: text(property('ClientName')) ?? logicalId } };
  },
  'AWS::Cognito::UserPoolGroup': named('GroupName', 'cognito-idp'),
  'AWS::DynamoDB::GlobalTable': table,
  'AWS::DynamoDB::Table': table,
  'AWS::Events::EventBus': named('Name', 'events', (name) => `event-bus/${name}`),
  'AWS::Events::Rule': named('Name', 'events', (name) => `rule/${name}`),
  // The name begins with `alias/`.
  'AWS::KMS::Alias': named('AliasName', 'kms'),
  'AWS::KMS::Key': ({ logicalId }, { arn }) => {
    const id = digest(logicalId, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    return { physicalId: id, attributes: { KeyId: id, Arn: arn('kms', `key/${id}`) } };
  },
  'AWS::IAM::Role': ({ logicalId, property }) => {
    const name = text(property('RoleName')) ?? logicalId;
    return { physicalId: name, attributes: { Arn: `arn:aws:iam::000000000000:role/${name}`, RoleId: name } };
  },
  'AWS::Lambda::Alias': qualified((property) => String(property('Name'))),
  'AWS::Lambda::Function': named('FunctionName', 'lambda', (name) => `function:${name}`),
  'AWS::Lambda::Version': qualified(() => '1'),
  'AWS::Logs::LogGroup': named('LogGroupName', 'logs', (name) => `log-group:${name}:*`),
  'AWS::S3::Bucket': ({ logicalId, property }, { region }) => {
    const name = text(property('BucketName')) ?? logicalId.toLowerCase();
    return {
      physicalId: name,
      attributes: {
        Arn: `arn:aws:s3:::${name}`,
        DomainName: `${name}.s3.amazonaws.com`,
        RegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
      },
    };
  },
  'AWS::Scheduler::Schedule': named('Name', 'scheduler', (name) => `schedule/default/${name}`),
  // The service adds six characters to the name in the ARN.
  'AWS::SecretsManager::Secret': referredByArn(
    'Name',
    'secretsmanager',
    (name) => `secret:${name}-${digest(name, 6)}`,
  ),
  'AWS::SES::EmailIdentity': named('EmailIdentity', 'ses', (name) => `identity/${name}`),
  'AWS::SNS::Topic': referredByArn('TopicName', 'sns', (name) => name),
  'AWS::SQS::Queue': ({ logicalId, property }, { account, endpoints, arn }) => {
    const suffix = property('FifoQueue') === true ? '.fifo' : '';
    const name = text(property('QueueName')) ?? `${logicalId}${suffix}`;
    const url = `${endpoints.sqs}/${account}/${name}`;
    return { physicalId: url, attributes: { Arn: arn('sqs', name), QueueName: name, QueueUrl: url } };
  },
  'AWS::SSM::Parameter': ({ logicalId, property }) => ({
    physicalId: text(property('Name')) ?? logicalId,
    attributes: { Value: text(property('Value')) ?? '', Type: 'String' },
  }),
  'AWS::StepFunctions::StateMachine': referredByArn(
    'StateMachineName',
    'states',
    (name) => `stateMachine:${name}`,
  ),
};

/** Deterministic, so that kept data is found again by the next start. */
export function identify(resource: Named, surroundings: Surroundings): Identity {
  const { region, account } = surroundings;
  const arn: ArnOf = (service, rest) => `arn:aws:${service}:${region}:${account}:${rest}`;
  const rule = rules[resource.type];
  if (rule !== undefined) return rule(resource, { ...surroundings, arn });
  const service = (resource.type.split('::')[1] ?? 'custom').toLowerCase();
  return {
    physicalId: resource.logicalId,
    attributes: { Arn: arn(service, resource.logicalId), Id: resource.logicalId },
  };
}
