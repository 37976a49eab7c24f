import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';

/** A source map of one entry: esbuild composes it with its own, and no more than the file's name remains. */
const fileOnly = Buffer.from('{"version":3,"sources":[""],"mappings":"AAAA"}').toString('base64');

/** Node reads the whole map at a cold start, and nine tenths of it would be the libraries'. */
export const ownSourceMaps: Plugin = {
  name: 'own-source-maps',
  setup: ({ onLoad }) =>
    onLoad({ filter: /node_modules.*\.m?js$/ }, ({ path }) => ({
      contents: `${readFileSync(path, 'utf8')}\n//# sourceMappingURL=data:application/json;base64,${fileOnly}`,
      loader: 'js',
    })),
};
