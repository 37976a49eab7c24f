import { RemovalPolicy } from 'aws-cdk-lib';
import type { StageConfig } from './stage-config.ts';

/** What becomes of data and logs when the stack is deleted. */
export const removalPolicy = (stage: StageConfig): RemovalPolicy =>
  stage.removalPolicy === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
