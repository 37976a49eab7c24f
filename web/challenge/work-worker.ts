import { deriveKey as byPbkdf2 } from 'altcha-lib/algorithms/web/pbkdf2';
import { deriveKey as bySha } from 'altcha-lib/algorithms/web/sha';
import { handler } from 'altcha-lib/workers/shared';

handler({
  deriveKey: (parameters, ...rest) =>
    (parameters.algorithm.startsWith('PBKDF2/') ? byPbkdf2 : bySha)(parameters, ...rest),
});
