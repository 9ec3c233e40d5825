/** Figures that a soak is held to, about twice of what it comes to as a rule. */
export const limits = {
  loudPerMinute: 20,
  minutesToBlock: 45,
  minutesToTell: 25,
  secondsToRelease: 120,
  secondsEarly: 60,
  heapMbPerDay: 90,
  rssMbPerDay: 600,
  socketsPerDay: 100,
  s3KbPerCall: 5,
  s3MbPerDay: 10,
  temporaryFiles: 5,
  lastingItemsPerDay: 30,
} as const;
