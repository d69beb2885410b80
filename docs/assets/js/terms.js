// @ts-check
// Words as the search compares them: accents folded, and the endings that only say how many or when cut off. Which words
// say nothing and which endings there are stands in the index: theme/search.py does the same when it makes one.

const E_MAIL = /\be-?mail/g;
const I = /\bj(?!pe?g\b)(?=[bcdfghklmnpqrtvxz])/g;
const PAUSE = /[^\p{L}\p{N}]+/u;
const SHORTEST_STEM = 3;

/** The words of a text, accents folded; «l’e-mail» is «l mail», and «jveux» is «veux». */
export function words(text) {
  const lower = text.toLowerCase().replaceAll("œ", "oe").replaceAll("æ", "ae").replace(E_MAIL, "mail").replace(I, "");
  const folded = lower.normalize("NFD").replace(/\p{M}/gu, "");
  return folded.split(PAUSE).filter(Boolean);
}

/** The word without the longest of the endings that leaves enough of it. */
export function stem(word, endings) {
  const ending = endings.find((one) => word.endsWith(one) && word.length - one.length >= SHORTEST_STEM);
  return ending ? word.slice(0, -ending.length) : word;
}

/**
 * How many letters are missing, surplus, wrong or swapped between two words; anything beyond `most` is given as more.
 */
export function distance(one, other, most) {
  if (Math.abs(one.length - other.length) > most) return most + 1;
  let before = [];
  let last = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    let least = row;
    for (let column = 1; column <= other.length; column += 1) {
      const same = one[row - 1] === other[column - 1];
      let cost = Math.min(last[column - 1] + (same ? 0 : 1), last[column] + 1, current[column - 1] + 1);
      if (row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]) {
        cost = Math.min(cost, before[column - 2] + 1);
      }
      current.push(cost);
      least = Math.min(least, cost);
    }
    if (least > most) return most + 1;
    [before, last] = [last, current];
  }
  return last[other.length];
}
