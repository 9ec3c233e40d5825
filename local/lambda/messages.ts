/** What the main thread and the worker of a function tell each other. */
export interface WorkerSetup {
  readonly clock: SharedArrayBuffer;
  readonly bundle: string;
  readonly functionName: string;
}

export interface ToWorker {
  readonly requestId: string;
  /** JSON, as Lambda hands it over: nothing but plain values gets through. */
  readonly event: string;
  readonly functionArn: string;
  readonly deadline: number;
}

export type FromWorker =
  | { readonly kind: "log"; readonly level: string; readonly text: string; readonly requestId: string | undefined }
  | { readonly kind: "end"; readonly requestId: string; readonly payload: string }
  | {
      readonly kind: "failure";
      readonly requestId: string;
      readonly errorType: string;
      readonly errorMessage: string;
      readonly trace: readonly string[];
    };
