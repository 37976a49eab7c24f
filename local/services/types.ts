/** One resource of the template after every intrinsic in its properties is resolved. */
export interface ResolvedResource {
  readonly logicalId: string;
  readonly type: string;
  /** What `Ref` gives. */
  readonly physicalId: string;
  /** What `Fn::GetAtt` gives, by attribute name; `Arn` is there for every type that has one. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface ServiceDeps {
  readonly resources: readonly ResolvedResource[];
  /** Runs a function to its end and gives its answer; rejects with `FunctionFailed` when the function throws, dies or times out. */
  readonly invoke: (functionArnOrLogicalId: string, event: unknown) => Promise<unknown>;
  /** Addresses by engine name: dynamodb, sqs, s3, cognito, ses. Services that start later appear in it as they start: read it at call time. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** Folder kept across restarts; absent: keep nothing. */
  readonly data?: string;
  readonly log: (line: string) => void;
}

export interface Service {
  /** Address on 127.0.0.1; empty for a service that nobody calls. */
  readonly endpoint: string;
  stop(): Promise<void>;
}
