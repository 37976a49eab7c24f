/** Takes the place of the signer's encoder of message headers: only events in a stream are signed that way. */
export class HeaderFormatter {
  format(): never {
    throw new Error('this bundle signs no messages');
  }
}
