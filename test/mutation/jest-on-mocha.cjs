/** Tests as Jest has them, on Mocha: Stryker's runner for Mocha loads them once, not once for each mutant. */
const { expect } = require("expect");
const fastCheck = require("fast-check");
const { bind } = require("jest-each");
const { interfaces } = require("mocha");

/** Titles of tests that take a second or more. */
const slow = [
  "a result as long as the query's limit is stated to be cut",
  "what was cut off is stated in sources and calls where the query tells it",
  "what the limit cut off is not known",
  "a full set of IPv6",
  "whatever decisions are applied at the same instant",
  "no plan gets an allow-listed or never-block address",
  "a crash at any point is healed by the retry",
  "an attack ten times over it",
  "reading again opens no further connections",
  "the mails of an hour in which every round doubles",
  "of 10,001 offenders nobody is blocked",
  "hundreds of sources stand in both doors' sets",
  "a thousand expired claims",
  "undo leaves the ledger as if the run had never been",
];
// Nobody reads the smallest counterexample of a mutant.
fastCheck.configureGlobal({ numRuns: 10, endOnFailure: true });

const { bdd } = interfaces;
interfaces.bdd = (suite) => {
  bdd(suite);
  suite.on("pre-require", (globals) => {
    const { after, before, describe, it } = globals;
    const test = (title, run) => (slow.some((part) => title.includes(part)) ? it.skip : it)(title, run);
    describe.each = bind(describe, false);
    test.each = bind(test, false);
    Object.assign(globals, { expect, test, beforeAll: before, afterAll: after });
  });
};
