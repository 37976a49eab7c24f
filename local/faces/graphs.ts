import { convolve, named, padEnd, pool, separable } from './layers.ts';
import { buildModel, type GraphBuilder } from './onnx.ts';
import type { Weights } from './weights.ts';

/**
 * The three networks of face-api as ONNX graphs: a Tiny YOLO v2 face detector with separable convolutions,
 * 68 landmarks by dense blocks, and dlib's ResNet-29 descriptor. Inputs are channels-first RGB, normalised by the caller.
 */

const leaky = (graph: GraphBuilder, x: string) => graph.apply('LeakyRelu', [x], { alpha: { float: 0.1 } });
const relu = (graph: GraphBuilder, x: string) => graph.apply('Relu', [x]);
const add = (graph: GraphBuilder, a: string, b: string) => graph.apply('Add', [a, b]);

/** `[1, 3, size, size]` -> `[1, 25, cells, cells]`: for each of five anchors x, y, width, height and score, before their functions. */
export const detectorModel = (weights: Weights): Uint8Array =>
  buildModel([1, 3, 'height', 'width'], [1, 25, 'rows', 'columns'], (graph, input) => {
    let x = leaky(graph, convolve(graph, input, named(weights, 'conv0'), { same: false }));
    for (const layer of [1, 2, 3, 4, 5]) {
      x = pool(graph, 'MaxPool', x, { size: 2, stride: 2, same: true });
      x = leaky(graph, separable(graph, x, weights, `conv${layer}`));
    }
    x = pool(graph, 'MaxPool', x, { size: 2, stride: 1, same: true });
    return convolve(graph, x, named(weights, 'conv8'), { same: false });
  });

/** `[1, 3, 112, 112]` -> `[1, 136]`: x and y of 68 points as shares of the input. */
export const landmarksModel = (weights: Weights): Uint8Array =>
  buildModel(['faces', 3, 112, 112], ['faces', 136], (graph, input) => {
    let x = input;
    for (const block of [0, 1, 2, 3]) {
      const name = `dense${block}`;
      const first = relu(
        graph,
        block === 0
          ? convolve(graph, x, named(weights, `${name}/conv0`), { stride: 2 })
          : separable(graph, x, weights, `${name}/conv0`, 2),
      );
      let sum = first;
      for (const layer of [1, 2, 3]) {
        const input = layer === 1 ? first : relu(graph, sum);
        sum = add(graph, sum, separable(graph, input, weights, `${name}/conv${layer}`));
      }
      x = relu(graph, sum);
    }
    const pooled = pool(graph, 'AveragePool', x, { size: 7, stride: 2, same: false });
    const flat = graph.apply('Flatten', [pooled], { axis: 1 });
    const [matrix, bias] = [weights('fc/weights'), weights('fc/bias')];
    return graph.apply('Gemm', [
      flat,
      graph.constant(matrix.values, matrix.shape),
      graph.constant(bias.values, bias.shape),
    ]);
  });

/** dlib's affine layers are folded into the convolution before them. */
const scaled = (weights: Weights, name: string) => ({
  ...named(weights, `${name}/conv`),
  fold: {
    factor: weights(`${name}/scale/weights`).values,
    addend: weights(`${name}/scale/biases`).values,
  },
});

const residualLayers = [
  ['conv32_1', 'same'],
  ['conv32_2', 'same'],
  ['conv32_3', 'same'],
  ['conv64_down', 'down'],
  ['conv64_1', 'same'],
  ['conv64_2', 'same'],
  ['conv64_3', 'same'],
  ['conv128_down', 'down'],
  ['conv128_1', 'same'],
  ['conv128_2', 'same'],
  ['conv256_down', 'down'],
  ['conv256_1', 'same'],
  ['conv256_2', 'same'],
  ['conv256_down_out', 'down'],
] as const;

/** `[faces, 3, 150, 150]` -> `[faces, 128]`: descriptors whose Euclidean distance tells people apart. */
export const descriptorModel = (weights: Weights): Uint8Array =>
  buildModel(['faces', 3, 150, 150], ['faces', 128], (graph, input) => {
    let x = relu(graph, convolve(graph, input, scaled(weights, 'conv32_down'), { stride: 2, same: false }));
    x = pool(graph, 'MaxPool', x, { size: 3, stride: 2, same: false });
    let [size, channels] = [35, 32];
    for (const [name, kind] of residualLayers) {
      const down = kind === 'down';
      const second = scaled(weights, `${name}/conv2`);
      const outputs = second.bias.values.length;
      const options = down ? { stride: 2, same: false } : {};
      const first = relu(graph, convolve(graph, x, scaled(weights, `${name}/conv1`), options));
      let change = convolve(graph, first, second);
      if (down) {
        const [convolved, halved] = [(size - 1) >> 1, size >> 1];
        if (convolved < halved)
          change = padEnd(graph, change, [0, 0, halved - convolved, halved - convolved]);
        x = pool(graph, 'AveragePool', x, { size: 2, stride: 2, same: false });
        if (outputs > channels) x = padEnd(graph, x, [0, outputs - channels, 0, 0]);
        [size, channels] = [halved, outputs];
      }
      x = relu(graph, add(graph, x, change));
    }
    const mean = graph.apply('Flatten', [graph.apply('GlobalAveragePool', [x])], { axis: 1 });
    const matrix = weights('fc');
    return graph.apply('MatMul', [mean, graph.constant(matrix.values, matrix.shape)]);
  });
