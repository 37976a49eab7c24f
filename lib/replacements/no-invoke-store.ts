/**
 * Takes the place of `@aws/lambda-invoke-store`, which tells requests apart where one process serves several at
 * once. Ours serve one at a time; the trace id comes from the environment as before.
 */
export const InvokeStore = { getInstanceAsync: async () => undefined };
