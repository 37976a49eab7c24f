/** Messages between the pool and one child process. */
export type ToChild = {
  readonly type: 'invoke';
  readonly event: unknown;
  readonly requestId: string;
  readonly deadline: number;
};

export type FromChild =
  | { readonly type: 'ready' }
  | { readonly type: 'answered'; readonly requestId: string; readonly answer: unknown }
  | { readonly type: 'failed'; readonly requestId: string; readonly error: FunctionError };

/** As Lambda writes an error that a function threw. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** How an invocation failed: its code threw, its process died, or its time was over. */
export class FunctionFailed extends Error {
  override name = 'FunctionFailed';
  readonly functionName: string;
  readonly kind: 'error' | 'crash' | 'timeout';
  readonly detail: FunctionError;

  constructor(functionName: string, kind: FunctionFailed['kind'], detail: FunctionError) {
    super(`${functionName}: ${detail.errorMessage}`);
    this.functionName = functionName;
    this.kind = kind;
    this.detail = detail;
  }
}
