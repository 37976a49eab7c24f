import { pagesEnvironment, readEnvironment } from './env.ts';
import { behindEdge } from './shell/behind-edge.ts';
import { deployedEdgeSecrets } from './shell/deployed-shell.ts';
import { readStaticFiles, serveFile } from './shell/static-files.ts';

const env = readEnvironment(pagesEnvironment);
/** Built into the function's own folder. */
const files = readStaticFiles(new URL('./web/', import.meta.url));

export const handler = behindEdge(deployedEdgeSecrets(env.EDGE_SECRETS), (event) => serveFile(files, event));
