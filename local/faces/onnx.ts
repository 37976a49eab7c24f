import { bytes, float, integer, integers, join, type Message, nested, text } from './protobuf.ts';

/** ONNX operator set 17, which both runtimes know. https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3 */
const [irVersion, operatorSet] = [8, 17];
const [floatType, int64Type] = [1, 7];
const [floatAttribute, intAttribute, stringAttribute, intsAttribute] = [1, 2, 3, 7];

/** A whole number is an INT, one in `{ float }` is a FLOAT. */
export type Attribute = number | string | readonly number[] | { readonly float: number };

/** A size, or the name of one that is known only at the call. */
export type Dimension = number | string;

export interface GraphBuilder {
  /** Adds a constant and gives its name. */
  constant(values: Float32Array | readonly number[], shape: readonly number[]): string;
  /** Adds an operator over named values and gives the name of its result. */
  apply(operator: string, inputs: readonly string[], attributes?: Record<string, Attribute>): string;
}

/** A model with one input `input` and one output `output`, as the bytes of an .onnx file. */
export function buildModel(
  input: readonly Dimension[],
  output: readonly Dimension[],
  build: (graph: GraphBuilder, input: string) => string,
): Uint8Array {
  const [nodes, initializers]: [Message, Message] = [[], []];
  let names = 0;
  const graph: GraphBuilder = {
    constant(values, shape) {
      const name = `w${names++}`;
      const raw =
        values instanceof Float32Array
          ? new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
          : new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
      initializers.push(
        ...nested(5, [
          ...integers(1, shape),
          ...integer(2, values instanceof Float32Array ? floatType : int64Type),
          ...text(8, name),
          ...bytes(9, raw),
        ]),
      );
      return name;
    },
    apply(operator, inputs, attributes = {}) {
      const name = `v${names++}`;
      nodes.push(...nested(1, node(operator, inputs, name, attributes)));
      return name;
    },
  };
  const result = build(graph, 'input');
  nodes.push(...nested(1, node('Identity', [result], 'output', {})));
  return join([
    ...integer(1, irVersion),
    ...nested(8, [...text(1, ''), ...integer(2, operatorSet)]),
    ...nested(7, [
      ...nodes,
      ...text(2, 'faces'),
      ...initializers,
      ...nested(11, value('input', input)),
      ...nested(12, value('output', output)),
    ]),
  ]);
}

const node = (
  operator: string,
  inputs: readonly string[],
  output: string,
  attributes: Record<string, Attribute>,
): Message => [
  ...inputs.flatMap((name) => text(1, name)),
  ...text(2, output),
  ...text(3, output),
  ...text(4, operator),
  ...Object.entries(attributes).flatMap(([name, given]) =>
    nested(5, [...text(1, name), ...attributeValue(given)]),
  ),
];

function attributeValue(given: Attribute): Message {
  if (typeof given === 'number') return [...integer(3, given), ...integer(20, intAttribute)];
  if (typeof given === 'string') return [...text(4, given), ...integer(20, stringAttribute)];
  if ('float' in given) return [...float(2, given.float), ...integer(20, floatAttribute)];
  return [...integers(8, given), ...integer(20, intsAttribute)];
}

const value = (name: string, shape: readonly Dimension[]): Message => [
  ...text(1, name),
  ...nested(
    2,
    nested(1, [
      ...integer(1, floatType),
      ...nested(
        2,
        shape.flatMap((size) => nested(1, typeof size === 'number' ? integer(1, size) : text(2, size))),
      ),
    ]),
  ),
];
