/** Texts that repeat are kept once each; others as the patterns that they follow, and the numbers in them. */
import type { Packed, Planes } from "./packed.ts";

/** A number with leading zeros, or too long to be kept exactly, is part of the pattern. */
const NUMBERS = /(?<!\d)(0|[1-9]\d{0,14})(?!\d)/g;
/** Stands for a number in a pattern. A text that holds it follows no pattern. */
const SLOT = "\u0000";
/** So much fewer different texts than texts are kept whole. */
const FEW = 20;
/** A pattern that hardly any text follows is not worth its columns: the text is its only part. */
const RARE = 4;

/** `texts` are distinct; `of` tells which of them stands where. */
export function packTexts(texts: readonly string[], of: readonly number[], planes: Planes): Packed {
  if (texts.length <= of.length / FEW) return { texts, of: planes.pack(of) };
  const { patterns, followed } = patternsOf(texts, of);
  if (patterns.length > of.length / 2) return { raw: of.map((place) => texts[place]) };
  const slots = patterns.map((parts) => parts.slice(1).map((): number[] => []));
  for (const place of of) {
    const columns = slots[followed[place] ?? 0] ?? [];
    if (columns.length === 0) continue;
    const numbers = texts[place]?.match(NUMBERS) ?? [];
    for (const [slot, column] of columns.entries()) column.push(Number(numbers[slot]));
  }
  return {
    patterns,
    slots: slots.map((columns) => columns.map((column) => planes.pack(column))),
    of: planes.pack(of.map((place) => followed[place] ?? 0)),
  };
}

/** The different patterns, each as its parts, and which of them each text follows. */
function patternsOf(texts: readonly string[], of: readonly number[]) {
  const { places, followed } = placesOf(texts, patternOf);
  const followers = Array.from(places.keys(), () => 0);
  for (const place of of) followers[followed[place] ?? 0] = (followers[followed[place] ?? 0] ?? 0) + 1;
  const kept = placesOf(texts, (text, nth) =>
    (followers[followed[nth] ?? 0] ?? 0) > RARE ? patternOf(text) : `=${text}`,
  );
  return {
    patterns: Array.from(kept.places.keys(), (key) =>
      key.startsWith("=") ? [key.slice(1)] : key.slice(1).split(SLOT),
    ),
    followed: kept.followed,
  };
}

/** Begins with a sign that tells a pattern from a whole text. */
function patternOf(text: string): string {
  return text.includes(SLOT) ? `=${text}` : `~${text.replace(NUMBERS, SLOT)}`;
}

function placesOf(texts: readonly string[], keyOf: (text: string, nth: number) => string) {
  const places = new Map<string, number>();
  const followed = texts.map((text, nth) => {
    const key = keyOf(text, nth);
    const place = places.get(key) ?? places.size;
    places.set(key, place);
    return place;
  });
  return { places, followed };
}
