/**
 * How long the SDK's clients wait, for all of them. Left alone they wait for ever: a service that takes the call and
 * never answers would hold a handler until Lambda ends it, which looks like a crash. Three tries and the pauses between
 * them are over after 18 seconds, within the time of the shortest function.
 */
export const patience = {
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: 2_000,
    /** Until an answer begins. */
    requestTimeout: 5_000,
    throwOnRequestTimeout: true,
    /** Between two pieces of an answer. */
    socketTimeout: 5_500,
  },
} as const;
