import { createSecretHash } from "cognito-srp-helper";
import * as fc from "fast-check";

import { secretHash } from "../../functions/edge/secret-hash.ts";

test.each([
  ["+46123456789", "someKey", "someSecret", "IaGDgKDFGW4GZ/M+pkM2lX0gN/su2fC8n1H7zW+mIUE="],
  ["jürgen@exämple.de", "cid", "s", "0Bo6KllLMVFHGopYHiuAkmgfGglsf/Ytd2dWWiNo+6A="],
])("the hash of %s is the one that others publish", (username, clientId, secret, hash) => {
  expect(secretHash(username, clientId, secret)).toBe(hash);
});

// "binary" draws every code point but surrogates: also combining marks, emoji, right-to-left and control characters.
const userName = fc.oneof(
  fc.string({ unit: "binary", maxLength: 128 }),
  fc.string({ unit: "grapheme", maxLength: 128 }),
  fc.emailAddress(),
);
const clientId = fc.stringMatching(/^[a-z0-9]{20,30}$/);
const clientSecret = fc.stringMatching(/^[a-zA-Z0-9_+]{1,64}$/);

test("any name, client and secret give the hash that cognito-srp-helper gives", () => {
  fc.assert(
    fc.property(userName, clientId, clientSecret, (name, client, secret) => {
      expect(secretHash(name, client, secret)).toBe(createSecretHash(name, client, secret));
    }),
    { numRuns: 1000 },
  );
});

test("the name is hashed as it was sent, neither trimmed nor in another case or normal form", () => {
  const hashOf = (name: string) => secretHash(name, "client", "secret");
  for (const other of ["alice ", " alice", "Alice", "alice\u0000", "a\u006cice\u200b"])
    expect(hashOf(other)).not.toBe(hashOf("alice"));
  expect(hashOf("\u00e9")).not.toBe(hashOf("e\u0301"));
});
