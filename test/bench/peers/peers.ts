import type { BenchContext } from '../context.ts';
import type { Measurement } from '../metric.ts';
export const measurePeers = async (_: BenchContext): Promise<Measurement[]> => [];
