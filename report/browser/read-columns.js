/**
 * The other half of report/columns.ts: from the packed text, what gives the n-th row. `read.fields.x(n)` gives one field
 * of it alone, and of a list of objects `read.fields.list.fields.x(n)` that field of each: a hundred thousand rows are
 * searched without making them.
 */
// biome-ignore lint/correctness/noUnusedVariables: report.js, which follows it in the page, calls it
async function readColumns(text) {
  const { header, bytes } = await unpack(text);
  return { ...header, read: readerOf(header.columns) };

  async function unpack(text) {
    const letters = atob(text);
    const packed = new Uint8Array(letters.length);
    for (let at = 0; at < letters.length; at += 1) packed[at] = letters.charCodeAt(at);
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    const whole = await new Response(stream).arrayBuffer();
    const length = new DataView(whole).getUint32(0, true);
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(whole, 4, length)));
    return { header, bytes: new Uint8Array(whole, 4 + length) };
  }

  function readerOf(column) {
    if (column.raw) return (row) => column.raw[row];
    if (column.texts) return readTexts(column);
    if (column.patterns) return readPatterns(column);
    if (column.lengths) return readLists(column);
    if (column.fields) return readObjects(column);
    return readNumbers(column);
  }

  function readNumbers({ base, at, width, count }) {
    if (width === 1) return (row) => base + bytes[at + row];
    return (row) => {
      let number = 0;
      for (let plane = width - 1; plane >= 0; plane -= 1) number = number * 256 + bytes[at + plane * count + row];
      return base + number;
    };
  }

  function readTexts({ texts, of }) {
    const which = readNumbers(of);
    return (row) => texts[which(row)];
  }

  function readPatterns({ patterns, slots, of }) {
    const which = readNumbers(of);
    const numbers = slots.map((columns) => columns.map(readNumbers));
    const met = new Uint32Array(patterns.length);
    const places = new Uint32Array(of.count);
    for (let row = 0; row < of.count; row += 1) places[row] = met[which(row)]++;
    return (row) => {
      const parts = patterns[which(row)];
      return numbers[which(row)].reduce((text, slot, index) => text + slot(places[row]) + parts[index + 1], parts[0]);
    };
  }

  function readLists({ lengths, items }) {
    const length = readNumbers(lengths);
    const begins = new Uint32Array(lengths.count);
    let end = 0;
    for (let row = 0; row < lengths.count; row += 1) {
      begins[row] = end;
      end += length(row);
    }
    const listOf = (item) => (row) => Array.from({ length: length(row) }, (_, index) => item(begins[row] + index));
    const item = readerOf(items);
    const fields = Object.entries(item.fields ?? {}).map(([name, field]) => [name, listOf(field)]);
    return Object.assign(listOf(item), { fields: Object.fromEntries(fields) });
  }

  function readObjects({ fields }) {
    const readers = Object.entries(fields).map(([name, field]) => [name, readerOf(field)]);
    const whole = (row) => Object.fromEntries(readers.map(([name, field]) => [name, field(row)]));
    return Object.assign(whole, { fields: Object.fromEntries(readers) });
  }
}
