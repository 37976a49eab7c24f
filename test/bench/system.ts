import type { BenchContext } from './context.ts';
import type { Measurement } from './metric.ts';
export const measureSystem = async (_: BenchContext): Promise<Measurement[]> => [];
