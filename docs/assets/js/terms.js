// Words as the search compares them: accents folded, and the endings that only say how many or when cut off.

const PAUSE = /[\s\p{P}\p{S}]+/u;
const SILENT = {
  en: "a an and are as at be by can do does for from how i in is it me my of on or our that the their this to was we what where which who with you your",
  fr: "a ai au aux avec ce ces cette comment d dans de des du elle en est et il ils j je l la le les leur ma mes mon m n ne nos notre nous on ou par pas pour qu que quel quelle quels quelles qui s sa se ses son suis sur t ta tes ton tu un une vos votre vous y",
};
const ENDINGS = {
  en: ["ations", "ation", "ements", "ement", "ings", "ing", "ies", "ers", "ed", "er", "es", "s", "y", "e"],
  fr: ["issements", "issement", "ations", "ation", "ements", "ement", "issez", "issons", "erons", "erez", "era", "ees", "ee", "ez", "er", "es", "ent", "ions", "ir", "ie", "e", "s", "x", "i"],
};
const SHORTEST_STEM = 3;

/** Splits a text at spaces, punctuation and apostrophes. */
export function split(text) {
  return text.split(PAUSE);
}

/** How a language's words are compared: null for a word that says nothing. */
export function termOf(language) {
  const silent = new Set(SILENT[language].split(" "));
  return (word) => {
    const folded = fold(word);
    return !folded || silent.has(folded) ? null : stem(folded, ENDINGS[language]);
  };
}

function fold(word) {
  return word.toLowerCase().replaceAll("œ", "oe").normalize("NFD").replace(/\p{M}/gu, "");
}

function stem(word, endings) {
  for (const ending of endings) {
    if (word.endsWith(ending) && word.length - ending.length >= SHORTEST_STEM) return word.slice(0, -ending.length);
  }
  return word;
}
