/**
 * Rows as columns, which compress to a fraction of the rows: numbers as bytes, texts as the few patterns that they follow
 * and the numbers in them. `report/browser/read-columns.js` reads a row back from them.
 */
import { Values } from "./column-kinds.ts";
import { Planes } from "./packed.ts";

/**
 * The columns of all rows, with what else the reader must know: the length of the JSON, the JSON, the bytes of the
 * numbers. A row is taken apart as it comes, so whoever makes rows one by one never holds all of them.
 */
export function packRows(rows: Iterable<unknown>, settings: Readonly<Record<string, unknown>>): Uint8Array {
  const values = new Values();
  for (const row of rows) values.add(row);
  const planes = new Planes();
  const columns = values.pack(planes);
  const header = new TextEncoder().encode(JSON.stringify({ ...settings, count: values.count, columns }));
  const whole = new Uint8Array(4 + header.length + planes.size);
  new DataView(whole.buffer).setUint32(0, header.length, true);
  whole.set(header, 4);
  planes.write(whole.subarray(4 + header.length));
  return whole;
}
