import { AwsError, isJsonObject, type JsonObject } from './aws-json-server.ts';

/**
 * One call between the stand-ins and engines of this machine, without an SDK.
 * The signature is a placeholder: some engines read the region from it, none verifies it.
 */
export async function callAwsJson(
  endpoint: string | undefined,
  target: string,
  input: JsonObject,
): Promise<JsonObject> {
  if (endpoint === undefined)
    throw new AwsError('ServiceUnavailable', `No endpoint runs for ${target}.`, 503);
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': target,
      authorization: placeholderSignature,
      'x-amz-date': new Date().toISOString().replace(/[-:]|\.\d+/g, ''),
    },
    body: JSON.stringify(input),
    signal: AbortSignal.timeout(callTimeoutMs),
  });
  return readAnswer(response, target);
}

/** Throws the service's own error as an `AwsError`. */
export async function readAnswer(response: Response, operation: string): Promise<JsonObject> {
  const text = await response.text();
  const body = parseObject(text);
  if (response.ok) return body;
  // `__type` may carry a namespace: com.amazonaws.sqs#QueueDoesNotExist.
  const type = String(body.__type ?? response.headers.get('x-amzn-errortype') ?? 'UnknownError');
  const name = type.split('#').at(-1)?.split(':')[0] ?? type;
  const message = String(body.message ?? body.Message ?? `${operation} answered ${response.status}`);
  throw new AwsError(name, message, response.status);
}

export const placeholderSignature =
  'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/local/aws4_request, SignedHeaders=host, Signature=local';

/** A call on one machine that takes longer has hung. */
const callTimeoutMs = 30_000;

function parseObject(text: string): JsonObject {
  try {
    const value: unknown = text === '' ? {} : JSON.parse(text);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}
