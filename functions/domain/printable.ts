/**
 * Text from outside may hold terminal escapes, line breaks, or signs that turn or hide other text; they are shown as
 * what they are, so that one line stays one line and one address never looks like another.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
  });
}
