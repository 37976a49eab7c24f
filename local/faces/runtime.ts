import type { InferenceSession, Tensor } from 'onnxruntime-web';

export type RuntimeKind = 'native' | 'wasm';

/** One network: a tensor in, a tensor out. */
export type Network = (values: Float32Array, shape: readonly number[]) => Promise<Float32Array>;

export interface Runtime {
  readonly kind: RuntimeKind;
  load(model: Uint8Array): Promise<Network>;
}

interface Onnx {
  readonly InferenceSession: {
    create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: new (type: 'float32', values: Float32Array, shape: readonly number[]) => Tensor;
}

/** Of two cores, since one image is worked on at a time. */
const threads = 2;

/** The native library where its package is installed and loads on this platform, WebAssembly everywhere else. */
export async function chooseRuntime(forced?: RuntimeKind): Promise<Runtime> {
  if (forced !== 'wasm') {
    try {
      const onnx = await import('onnxruntime-node');
      return runtimeOf('native', onnx);
    } catch (error) {
      if (forced === 'native') throw error;
    }
  }
  const onnx = await import('onnxruntime-web');
  onnx.env.wasm.numThreads = threads;
  return runtimeOf('wasm', onnx);
}

const runtimeOf = (kind: RuntimeKind, { InferenceSession, Tensor }: Onnx): Runtime => ({
  kind,
  async load(model) {
    const session = await InferenceSession.create(model, {
      executionProviders: [kind === 'native' ? 'cpu' : 'wasm'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      // Threads that wait do not keep a core busy, which the rest of the local system needs.
      extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
      // Warnings speak of optimisations only.
      logSeverityLevel: 3,
    });
    return async (values, shape) => {
      const { output } = await session.run({ input: new Tensor('float32', values, shape) });
      if (!output) throw new Error('the network gave no output');
      return output.data as Float32Array;
    };
  },
});
