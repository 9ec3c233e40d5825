/** Where the local Cognito takes randomness from: tests and seeded demos pass a source of their own. */
export type RandomBytes = (bytes: number) => Buffer;

export function randomUuid(random: RandomBytes): string {
  const bytes = random(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export function randomCode(random: RandomBytes, digits = 6): string {
  return String(random(6).readUIntBE(0, 6) % 10 ** digits).padStart(digits, "0");
}
