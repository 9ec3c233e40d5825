/** The engine is written for Node 22; this is the one thing of it that Node 20 lacks. Import before the engine. */
interface Resolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T | PromiseLike<T>) => void;
  readonly reject: (reason: unknown) => void;
}

function withResolvers<T>(): Resolvers<T> {
  let settle: Pick<Resolvers<T>, "resolve" | "reject"> | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // The executor above has run by now.
  return { promise, ...(settle as Pick<Resolvers<T>, "resolve" | "reject">) };
}

if (!("withResolvers" in Promise)) Object.defineProperty(Promise, "withResolvers", { value: withResolvers });
