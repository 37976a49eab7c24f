import { pathToFileURL } from 'node:url';

/** Prints how many milliseconds of CPU the import of one module costs this fresh process. */

const [module = ''] = process.argv.slice(2);
const before = process.cpuUsage();
const { oneTryClient } = await import(pathToFileURL(module).href);
// The functions make their client while they load; the SDK-only module is asked to.
oneTryClient?.();
const { user, system } = process.cpuUsage(before);
process.stdout.write(String((user + system) / 1_000), () => process.exit());
