/** "1 source", "2 sources". Other plurals, and whole phrases such as "source waits", name both. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** A share in whole percent; nothing of nothing is none. */
export function percent(part: number, whole: number): number {
  return whole > 0 ? Math.round((100 * part) / whole) : 0;
}
