import { type Extent, liftInProcess } from './in-process.ts';

/** One of several processes that share the work: what it is to do comes as its only argument. */
const extent = JSON.parse(process.argv[2] ?? '{}') as Extent;
const tally = await liftInProcess(extent);
process.send?.(tally.record(), () => process.disconnect());
