/** Partition projection: which objects of a bucket a table sees, by the names that its properties project. */

import { NotSupportedError } from "../../functions/domain/errors.ts";
import { DAY, HOUR, type Instant, MINUTE } from "../../functions/domain/instant.ts";

export interface Projection {
  readonly column: string;
  /** Whether the table projects this value at `now`; what it does not project is invisible, whatever lies there. */
  includes(value: string, now: Instant): boolean;
  /** Matches one value in an object's key. */
  readonly pattern: string;
}

export interface Layout {
  readonly bucket: string;
  /** Common beginning of all keys. */
  readonly prefix: string;
  /** The values of the partition columns of an object, or null if no partition's folder holds it. */
  partitionOf(key: string): Readonly<Record<string, string>> | null;
  /** The beginning of the keys of a partition's objects, with the slash. */
  folderOf(values: Readonly<Record<string, string>>): string;
  readonly projections: readonly Projection[];
}

type Properties = Readonly<Record<string, string>>;

const UNITS: Readonly<Record<string, number>> = { MINUTES: MINUTE, HOURS: HOUR, DAYS: DAY };

export function projectionOf(column: string, properties: Properties): Projection {
  const property = (name: string) => properties[`projection.${column}.${name}`] ?? "";
  switch (property("type")) {
    case "date":
      return dateProjection(column, property);
    case "enum": {
      const values = property("values").split(",");
      return { column, includes: (value) => values.includes(value), pattern: "([^/]+)" };
    }
    default:
      throw new NotSupportedError(
        `The local Athena does not know projection.${column}.type '${property("type")}'; it knows date and enum`,
      );
  }
}

function dateProjection(column: string, property: (name: string) => string): Projection {
  const format = property("format");
  const [first = "", last = ""] = property("range").split(",");
  const unit = UNITS[property("interval.unit")];
  if (unit === undefined || !first || !last)
    throw new NotSupportedError(`projection.${column} needs a range and an interval.unit that the local Athena knows`);
  const step = unit * Number(property("interval") || "1");
  const width = widthOf(format);
  return {
    column,
    pattern: `(${format.replaceAll(/[A-Za-z]/g, "\\d")})`,
    includes(value, now) {
      const at = parseDate(value, format);
      if (at === null) return false;
      const from = boundary(first, format, now);
      // Steps are counted from the first value: with another start five-minute folders would fall between them.
      const projected = from + Math.max(0, Math.ceil((at - from) / step)) * step;
      return projected >= at && projected < at + width && projected <= boundary(last, format, now);
    },
  };
}

/** A bound of a range: a date in the column's format, `NOW`, or `NOW-7DAYS`. */
function boundary(text: string, format: string, now: Instant): Instant {
  const relative = /^NOW(?:([+-]\d+)(MINUTES|HOURS|DAYS))?$/.exec(text.trim());
  if (relative) return now + Number(relative[1] ?? 0) * (UNITS[relative[2] ?? ""] ?? 0);
  const at = parseDate(text.trim(), format);
  if (at === null) throw new NotSupportedError(`The range bound '${text}' is no date of the format ${format}`);
  return at;
}

/** How long a formatted value lasts: `2026/11/22/12` is an hour. */
function widthOf(format: string): number {
  if (format.includes("mm")) return MINUTE;
  return format.includes("HH") ? HOUR : DAY;
}

const LETTERS = ["yyyy", "MM", "dd", "HH", "mm"] as const;

function parseDate(text: string, format: string): Instant | null {
  if (text.length !== format.length) return null;
  const [year, month, day, hour, minute] = LETTERS.map((letters) => {
    const index = format.indexOf(letters);
    return index < 0 ? null : Number(text.slice(index, index + letters.length));
  });
  const at = Date.UTC(year ?? 1970, (month ?? 1) - 1, day ?? 1, hour ?? 0, minute ?? 0);
  // Date.UTC rolls month 13 over into the next year.
  return Number.isNaN(at) || new Date(at).getUTCDate() !== (day ?? 1) || (month ?? 1) > 12 ? null : at;
}

/** The layout that `storage.location.template` describes. Folders below a partition's belong to it. */
export function layoutOf(template: string, projections: readonly Projection[]): Layout {
  const [, bucket = "", path = ""] = /^s3:\/\/([^/]+)\/(.*)$/.exec(template) ?? [];
  const pieces = path.split(/\$\{([^}]+)\}/);
  const columns = pieces.filter((_, index) => index % 2 === 1);
  const unknown = columns.filter((name) => !projections.some(({ column }) => column === name));
  if (!bucket || unknown.length > 0 || columns.length !== projections.length)
    throw new NotSupportedError(`storage.location.template '${template}' does not name each partition column once`);
  const source = pieces.map((piece, index) =>
    index % 2 === 0 ? literally(piece) : (projections.find(({ column }) => column === piece)?.pattern ?? ""),
  );
  const pattern = new RegExp(`^${source.join("").replace(/\/$/, "")}/`);
  return {
    bucket,
    prefix: pieces[0] ?? "",
    projections,
    partitionOf(key) {
      const match = pattern.exec(key);
      return match && Object.fromEntries(columns.map((column, index) => [column, match[index + 1] ?? ""]));
    },
    folderOf(values) {
      const filled = pieces.map((piece, index) => (index % 2 === 0 ? piece : (values[piece] ?? "")));
      return `${filled.join("").replace(/\/$/, "")}/`;
    },
  };
}

function literally(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
