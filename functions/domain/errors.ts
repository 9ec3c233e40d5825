/**
 * The error family. State machines match on `name`: a `RetryableError` is worth trying again, every other
 * name is permanent. Messages say what failed, on which resource, and what to do.
 */
export abstract class PortcullisError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The same call may succeed later: throttling, a time-out, a lost race that can be run again. */
export class RetryableError extends PortcullisError {}

/** An input broke its contract (event, row, config, command line); running it again cannot help. */
export class InvalidInputError extends PortcullisError {
  readonly problems: readonly string[];
  constructor(what: string, problems: readonly string[], options?: ErrorOptions) {
    super([`${what}:`, ...problems.map((problem) => `  - ${problem}`)].join("\n"), options);
    this.problems = problems;
  }
}

/** A feature of the design that this version does not have yet; the message names what to use instead. */
export class NotSupportedError extends PortcullisError {}

/** A guard stands in the way, and nothing was changed; each reason says what could be done instead. */
export class RefusedError extends PortcullisError {
  constructor(what: string, reasons: readonly string[]) {
    super([`${what}:`, ...reasons.map((reason) => `  - ${reason}`)].join("\n"));
  }
}

/** Someone else holds what we wanted to change (a lease, a version, a lock token). */
export class ConflictError extends PortcullisError {}

/** A resource that must exist does not; usually a deployment that is incomplete. */
export class NotFoundError extends PortcullisError {}
