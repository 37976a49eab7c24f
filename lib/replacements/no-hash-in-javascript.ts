/** Takes the place of the SDK's hashes in JavaScript, which serve where `node:crypto` has none. Lambda's has. */
export class Sha256Js {
  constructor() {
    throw new Error('this bundle hashes with node:crypto only');
  }
}
export { Sha256Js as Md5Js };
