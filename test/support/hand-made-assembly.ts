import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface HandMade {
  readonly Resources: Readonly<Record<string, unknown>>;
  readonly [section: string]: unknown;
}

/** Writes a cloud assembly as the CDK would; `code` is the index.mjs of each asset, by its name. */
export function writeAssembly(
  folder: string,
  template: HandMade | string,
  code: Record<string, string> = {},
): string {
  mkdirSync(folder, { recursive: true });
  const write = (file: string, content: unknown) =>
    writeFileSync(
      join(folder, file),
      typeof content === 'string' ? content : JSON.stringify(content, null, 2),
    );
  const files: Record<string, unknown> = {};
  for (const [name, source] of Object.entries(code)) {
    mkdirSync(join(folder, `asset.${name}`), { recursive: true });
    write(`asset.${name}/index.mjs`, source);
    files[name] = {
      source: { path: `asset.${name}`, packaging: 'zip' },
      destinations: { current: { bucketName: 'assets', objectKey: `${name}.zip` } },
    };
  }
  write('stack.template.json', template);
  write('stack.assets.json', { version: '1', files });
  write('manifest.json', {
    version: '1',
    artifacts: {
      'stack.assets': { type: 'cdk:asset-manifest', properties: { file: 'stack.assets.json' } },
      stack: {
        type: 'aws:cloudformation:stack',
        environment: 'aws://unknown-account/eu-central-1',
        properties: { templateFile: 'stack.template.json', stackName: 'hand-made' },
      },
    },
  });
  return folder;
}

/** A function whose code is the asset of that name. */
export const lambda = (asset: string, properties: Record<string, unknown> = {}) => ({
  Type: 'AWS::Lambda::Function',
  Properties: {
    Code: { S3Bucket: 'assets', S3Key: `${asset}.zip` },
    Handler: 'index.handler',
    ...properties,
  },
});

/** A route of `Api` and the integration behind it, by logical id. */
export const route = (routeKey: string, functionId: string, properties: Record<string, unknown> = {}) => {
  const id = routeKey.replace(/\W/g, '');
  return {
    [`${id}Integration`]: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        ApiId: { Ref: 'Api' },
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: { 'Fn::GetAtt': [functionId, 'Arn'] },
        PayloadFormatVersion: '2.0',
      },
    },
    [`${id}Route`]: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: {
        ApiId: { Ref: 'Api' },
        RouteKey: routeKey,
        Target: { 'Fn::Join': ['', ['integrations/', { Ref: `${id}Integration` }]] },
        ...properties,
      },
    },
  };
};

export const api = {
  Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP', Name: 'hand-made' } },
};

export const table = (properties: Record<string, unknown> = {}) => ({
  Type: 'AWS::DynamoDB::GlobalTable',
  Properties: {
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    BillingMode: 'PAY_PER_REQUEST',
    ...properties,
  },
});

/** Source text of a function that may call `dynamodb(operation, input)` and `sqs(operation, input)`. */
export const withEngines = (handler: string) => `
const call = (endpoint, prefix) => async (operation, input) => {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': prefix + '.' + operation,
      'x-amz-date': '20260101T000000Z',
      authorization: 'AWS4-HMAC-SHA256 Credential=local/20260101/' + process.env.AWS_REGION + '/x/aws4_request, SignedHeaders=host, Signature=x',
    },
    body: JSON.stringify(input),
  });
  const answer = await response.json();
  if (!response.ok) throw Object.assign(new Error(answer.message ?? answer.Message), { name: answer.__type });
  return answer;
};
const dynamodb = call(process.env.AWS_ENDPOINT_URL_DYNAMODB, 'DynamoDB_20120810');
const sqs = call(process.env.AWS_ENDPOINT_URL_SQS, 'AmazonSQS');
export const handler = ${handler};
`;
