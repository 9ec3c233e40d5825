import {
  ConflictError,
  InvalidInputError,
  NotFoundError,
  NotSupportedError,
  PortcullisError,
  RetryableError,
} from "../../functions/domain/errors.ts";

test.each([RetryableError, NotSupportedError, ConflictError, NotFoundError])(
  "%p carries the name that a state machine matches on, and its cause",
  (Kind) => {
    const cause = new Error("deeper");
    const error = new Kind("what, which resource, what to do", { cause });
    expect(error).toBeInstanceOf(PortcullisError);
    expect(error.name).toBe(Kind.name);
    expect(error.cause).toBe(cause);
  },
);

test("only RetryableError has the name that is retried", () => {
  const names = [
    new NotSupportedError("x"),
    new ConflictError("x"),
    new NotFoundError("x"),
    new InvalidInputError("x", []),
  ];
  expect(names.map(({ name }) => name)).not.toContain(RetryableError.name);
});

test("a subclass keeps its own name", () => {
  class LeaseLostError extends ConflictError {}
  expect(new LeaseLostError("x").name).toBe("LeaseLostError");
});

test("every problem of an input stands in the message, one a line", () => {
  const error = new InvalidInputError("portcullis.config.json cannot be used", [
    "account: is missing",
    "name: too long",
  ]);
  expect(error.problems).toHaveLength(2);
  expect(error.message).toBe("portcullis.config.json cannot be used:\n  - account: is missing\n  - name: too long");
});
