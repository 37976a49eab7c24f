import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { problemResult } from './refusal.ts';

type Event = Pick<APIGatewayProxyEventV2, 'rawPath' | 'headers'>;
type Result = APIGatewayProxyStructuredResultV2;

/** Scripts, styles and calls of our own origin and nothing else; a task's picture and sounds are made from its data. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  'media-src data: blob:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const always = {
  'content-security-policy': contentSecurityPolicy,
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  vary: 'accept-encoding',
};

/** The name of an asset changes with its content; the page that names it does not. */
const kinds: readonly { name: RegExp; type: string; cache: string }[] = [
  { name: /\.js$/, type: 'text/javascript; charset=utf-8', cache: 'public, max-age=31536000, immutable' },
  { name: /\.css$/, type: 'text/css; charset=utf-8', cache: 'public, max-age=31536000, immutable' },
  { name: /^[^.]+$/, type: 'text/html; charset=utf-8', cache: 'no-cache' },
];

interface StaticFile {
  headers: Record<string, string>;
  /** Base64. */
  plain: string;
  brotli?: string;
}

/** The files of a folder by their address: the folder is laid out as they are. `<name>.br` is `<name>`, compressed. */
export const readStaticFiles = (folder: URL): ReadonlyMap<string, StaticFile> => {
  const root = fileURLToPath(folder);
  const names = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const read = (name: string) => readFileSync(name).toString('base64');
  return new Map(
    names.flatMap((name) => {
      const kind = kinds.find((one) => one.name.test(name.slice(name.lastIndexOf('/') + 1)));
      if (!kind) return [];
      const headers = { ...always, 'content-type': kind.type, 'cache-control': kind.cache };
      const brotli = names.includes(`${name}.br`) ? { brotli: read(`${name}.br`) } : {};
      return [[`/${name.slice(root.length)}`, { headers, plain: read(name), ...brotli }] as const];
    }),
  );
};

/** By name, and not with a weight of nothing (RFC 9110 section 12.5.3). */
const takesBrotli = ({ headers }: Event) =>
  /\bbr\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(headers['accept-encoding'] ?? '');

export const serveFile = (files: ReadonlyMap<string, StaticFile>, event: Event): Result => {
  const file = files.get(event.rawPath);
  if (!file) return problemResult({ problem: 'not-found' });
  const { headers, plain, brotli } = file;
  return brotli && takesBrotli(event)
    ? {
        statusCode: 200,
        headers: { ...headers, 'content-encoding': 'br' },
        body: brotli,
        isBase64Encoded: true,
      }
    : { statusCode: 200, headers, body: plain, isBase64Encoded: true };
};
