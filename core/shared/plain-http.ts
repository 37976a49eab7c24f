/**
 * `node:http`, without importing it: an import as ESM reads every export of the module, and one of them (WebSocket)
 * loads undici, which is a quarter of what a cold start of a function costs.
 */
export const plainHttp = () => process.getBuiltinModule('node:http');
