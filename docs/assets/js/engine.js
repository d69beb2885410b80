// The search engine over one language's index.

import { split, termOf } from "./terms.js";
import MiniSearch from "./vendor/minisearch.js";

const BOOST = { title: 4, keywords: 4, headings: 1.5, description: 1.5, text: 0.5 };

/** A function from what is typed to the guides found, the best first. */
export function engine(language, entries) {
  const index = new MiniSearch({
    idField: "url",
    fields: Object.keys(BOOST),
    storeFields: ["title", "description"],
    tokenize: split,
    processTerm: termOf(language),
  });
  index.addAll(entries);
  const options = { boost: BOOST, prefix: (term) => term.length > 2, fuzzy: (term) => (term.length > 3 ? 0.25 : false), maxFuzzy: 2 };
  return (query) => {
    const every = index.search(query, { ...options, combineWith: "AND" });
    const found = new Set(every.map(({ url, id }) => url ?? id));
    // Guides with every word first, then those with some.
    return [...every, ...index.search(query, options).filter(({ id }) => !found.has(id))];
  };
}
