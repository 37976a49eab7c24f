declare module 'asl-validator' {
  /** The package ships without its types. */
  export default function validate(
    definition: unknown,
    options?: { checkPaths?: boolean; checkArn?: boolean },
  ): { isValid: boolean; errorsText(separator: string): string };
}
