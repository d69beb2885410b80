// @ts-check
// The addresses in what somebody pastes or drops: a list, an e-mail's recipients, a column of a spreadsheet, a CSV file.

// How a column of addresses is headed where nothing else tells it.
const HEADING = /^["']?(e-?mails?|courriels?|mails?|adress|address)/i;
const SEPARATORS = ["\t", ";", ","];

/** What a file holds as text: UTF-8, UTF-16 with its mark, else as Windows writes it in Western Europe. */
export function decoded(bytes) {
  const [first, second] = new Uint8Array(bytes, 0, Math.min(2, bytes.byteLength));
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

/** Each line's address as it was written, whether or not it is one; what heads a column, and what is empty, left out. */
export function linesOf(text) {
  const rows = rowsOf(text).filter((row) => row.some((cell) => cell));
  const isTable = rows.some((row) => row.length > 1) && !rows.some((row) => row.filter(hasAddress).length > 1);
  return isTable ? columnOf(rows) : rows.flat().filter((cell, at) => cell && !(at === 0 && rows.length > 1 && isHeading(cell)));
}

const hasAddress = (cell) => cell.includes("@");
const isHeading = (cell) => !hasAddress(cell) && HEADING.test(cell);

/** Of a table, the cell of each row that holds an address; of a row without one, what stands in that column or at all. */
function columnOf(rows) {
  const counts = [];
  for (const row of rows) for (const [at, cell] of row.entries()) counts[at] = (counts[at] ?? 0) + hasAddress(cell);
  const column = counts.indexOf(Math.max(...counts));
  const [head, ...rest] = rows;
  const isHeaded = !head.some(hasAddress) && rest.some((row) => row.some(hasAddress));
  return (isHeaded ? rest : rows).map((row) => row.find(hasAddress) ?? (row[column] || row.filter(Boolean).join(" ")));
}

/** The cells of each line; what sets them apart is what the text has, a tab before a semicolon before a comma. */
function rowsOf(text) {
  const separator = SEPARATORS.find((one) => unquoted(text).includes(one)) ?? "\n";
  const rows = [[""]];
  let isQuoted = false;
  const add = (character) => {
    const row = rows.at(-1);
    row[row.length - 1] += character;
  };
  for (const character of text.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n")) {
    const isFirst = !rows.at(-1).at(-1).trim();
    if (character === '"' && (isQuoted || isFirst)) isQuoted = !isQuoted;
    else if (character === "\n") {
      // Nobody's address goes on in the next line: a quote that was never closed ends here.
      isQuoted = false;
      rows.push([""]);
    } else if (character === separator && !isQuoted) rows.at(-1).push("");
    else add(character);
  }
  return rows.map((row) => row.map((cell) => cell.trim()));
}

const unquoted = (text) => text.replace(/"[^"\n]*"/g, "");
