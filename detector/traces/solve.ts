/**
 * Solves A x = b by Cholesky. `a` is symmetric and positive definite, row by row, of which the lower half is read and
 * overwritten.
 */
export const solve = (a: Float64Array, b: Float64Array): Float64Array => {
  const size = b.length;
  const x = Float64Array.from(b);
  for (let i = 0; i < size; i += 1)
    for (let j = 0; j <= i; j += 1) {
      let sum = a[i * size + j] as number;
      for (let k = 0; k < j; k += 1) sum -= (a[i * size + k] as number) * (a[j * size + k] as number);
      a[i * size + j] = i === j ? Math.sqrt(sum) : sum / (a[j * size + j] as number);
    }
  for (let i = 0; i < size; i += 1) {
    let sum = x[i] as number;
    for (let k = 0; k < i; k += 1) sum -= (a[i * size + k] as number) * (x[k] as number);
    x[i] = sum / (a[i * size + i] as number);
  }
  for (let i = size - 1; i >= 0; i -= 1) {
    let sum = x[i] as number;
    for (let k = i + 1; k < size; k += 1) sum -= (a[k * size + i] as number) * (x[k] as number);
    x[i] = sum / (a[i * size + i] as number);
  }
  return x;
};
