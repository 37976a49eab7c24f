import type { GraphBuilder } from './onnx.ts';
import type { Weight, Weights } from './weights.ts';

/** Layers as face-api's TensorFlow code has them, over channels-first tensors. */

/** What follows a convolution and is linear, so that its factor and its addend go into the filter. */
interface Fold {
  readonly factor: Float32Array;
  readonly addend: Float32Array;
}

/** Height, width, in, out -> out, in, height, width; a depthwise filter has one input channel for each group. */
function channelsFirst({ shape, values }: Weight, depthwise: boolean, factor?: Float32Array) {
  const [height = 1, width = 1, inputs = 1, outputs = 1] = shape;
  const turned = new Float32Array(values.length);
  const area = height * width;
  for (let at = 0; at < area; at += 1)
    for (let i = 0; i < inputs; i += 1)
      for (let o = 0; o < outputs; o += 1) {
        const filter = depthwise ? i * outputs + o : o * inputs + i;
        turned[filter * area + at] = (values[(at * inputs + i) * outputs + o] ?? 0) * (factor?.[o] ?? 1);
      }
  return {
    turned,
    shape: depthwise ? [inputs * outputs, 1, height, width] : [outputs, inputs, height, width],
  };
}

const padding = (same: boolean) => ({ auto_pad: same ? 'SAME_UPPER' : 'VALID' });

export function convolve(
  graph: GraphBuilder,
  x: string,
  weights: { readonly filters: Weight; readonly bias: Weight; readonly fold?: Fold },
  { stride = 1, same = true }: { stride?: number; same?: boolean } = {},
): string {
  const { filters, bias, fold } = weights;
  const { turned, shape } = channelsFirst(filters, false, fold?.factor);
  const added = bias.values.map((value, o) => value * (fold?.factor[o] ?? 1) + (fold?.addend[o] ?? 0));
  return graph.apply('Conv', [x, graph.constant(turned, shape), graph.constant(added, [added.length])], {
    strides: [stride, stride],
    ...padding(same),
  });
}

/** A filter for each channel, then a mix of the channels. */
export function separable(
  graph: GraphBuilder,
  x: string,
  weights: Weights,
  name: string,
  stride = 1,
): string {
  const depth = channelsFirst(weights(`${name}/depthwise_filter`), true);
  const each = graph.apply('Conv', [x, graph.constant(depth.turned, depth.shape)], {
    group: depth.shape[0] ?? 1,
    strides: [stride, stride],
    ...padding(true),
  });
  return convolve(graph, each, {
    filters: weights(`${name}/pointwise_filter`),
    bias: weights(`${name}/bias`),
  });
}

export const named = (weights: Weights, name: string) => ({
  filters: weights(`${name}/filters`),
  bias: weights(`${name}/bias`),
});

export const pool = (
  graph: GraphBuilder,
  kind: 'MaxPool' | 'AveragePool',
  x: string,
  { size, stride, same }: { size: number; stride: number; same: boolean },
): string =>
  graph.apply(kind, [x], { kernel_shape: [size, size], strides: [stride, stride], ...padding(same) });

/** Zeros behind the last of each axis. */
export const padEnd = (graph: GraphBuilder, x: string, ends: readonly number[]): string =>
  graph.apply('Pad', [x, graph.constant([...ends.map(() => 0), ...ends], [2 * ends.length])]);
