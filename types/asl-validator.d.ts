declare module "asl-validator" {
  /** Checks a state machine definition; adds defaults to the object it is given. */
  export default function validate(
    definition: object,
    options?: { readonly checkPaths?: boolean; readonly checkArn?: boolean },
  ): {
    readonly isValid: boolean;
    readonly errorsText: () => string;
  };
}
