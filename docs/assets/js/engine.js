// @ts-check
// The search engine over one language's index: which page answers what is typed.
//
// A page is likely when its questions hold the typed words more often than other pages' do (naive Bayes), and when some
// of its questions are nearly what is typed; a word of a long question says less of it. The numbers were chosen on
// questions left out of the index in turn, by whether their page was found all the same; bench/search.py measures them on
// others.

import { distance, stem, words } from "./terms.js";

// How much it counts that a word is asked in the page's language, in another one, stands in its title.
const ASKED = 1;
const FOREIGN = 0.6;
const TITLE = 1;
// How much of a word's evenness over all pages a page must exceed, and what every page is thought to hold of it anyway.
const EVEN = 0.5;
const ANYWAY = 0.3;
// How much the nearest questions count beside single words, how many, and those in another language.
const NEAR = 1.5;
const NEAREST = 3;
const FOREIGN_NEAR = 0.9;
// From where on, of 1, a question is the very one that is typed, and how much that counts besides.
const ALMOST = 0.99;
const SAME = 4;
// How near the nearest question must be, of 1, for anything to be found.
const UNSURE = 0.22;
// What a word that is typed counts for the one that it may be meant for.
const BEGUN = 0.75;
const BEGUN_OTHER = 0.3;
const JOINED = 0.8;
const OFF_BY_ONE = 0.75;
const OFF_BY_TWO = 0.5;
const UNLIKELY = 0.6;
const OTHER_INITIAL = 0.8;
// How many words are looked at, the first ones, and up to how many letters of one: more are pasted, not typed.
const MOST_WORDS = 64;
const LONGEST = 32;
// How much a typed word that is like nothing speaks for what no guide answers, and in how many words it does so in full.
const UNHEARD = 3;
const FEW = 6;
// How many times as often as elsewhere guides must be asked a word for it to be ours: beside one, as in «remove Tom from
// the licence», a word that is like nothing is a name.
const OURS = 8;

/** A function from what is typed to the pages found, the likeliest first. */
export function engine(index) {
  const found = new Index(index);
  return (query) => found.search(query);
}

class Index {
  constructor({ words: coded, silent, endings, digits, common, pages: guides, elsewhere }) {
    // What no guide answers is as one more page, without an address.
    const pages = [...guides, { title: "", ...elsewhere }];
    this.pages = pages;
    this.silent = new Set(silent.split(" "));
    this.endings = endings.split(" ");
    this.words = decoded(coded);
    this.lettersOf = this.words.map(letters);
    // What was typed before the last word is typed still at the next letter.
    this.meantBefore = new Map();
    // Each stem has the number in which it first occurs among the words.
    this.stems = new Map();
    this.numbers = new Map(this.words.map((word) => [word, this.#numbered(stem(word, this.endings))]));
    this.questions = [];
    this.asking = Array.from(this.stems, () => []);
    this.weights = Array.from(this.stems, () => new Float64Array(pages.length));
    const commonest = numbersIn(common, digits);
    const read = (list) => numbersIn(list, digits, commonest);
    for (const [at, page] of pages.entries()) this.#add(page, at, read);
    this.rarity = this.weights.map(rareness);
    this.ours = this.weights.map(isOurs);
    this.unheard = rareness(new Float64Array(pages.length));
    this.weights = this.weights.map(likelihoods);
    for (const question of this.questions) question.size = Math.hypot(...question.stems.map((one) => this.rarity[one]));
  }

  /** The pages found, the likeliest first. */
  search(query) {
    const every = words(query).map((word) => word.slice(0, LONGEST));
    const spoken = every.filter((word) => !this.silent.has(word)).slice(0, MOST_WORDS);
    if (!spoken.length) return [];
    const meant = spoken.map((word, at) => (at === spoken.length - 1 ? this.#meant(word, true) : this.#meantOnce(word)));
    meant.push(...this.#joined(every));
    const scores = this.#likely(meant);
    // The last page is what no guide answers.
    if (!this.#holdsOurs(meant)) scores[scores.length - 1] += UNHEARD * unheard(meant.slice(0, spoken.length));
    // What is typed, as long as a question of these words would be.
    const typed = Math.hypot(...spoken.map((_, at) => this.#says(meant[at])));
    const near = this.#near(meant, typed);
    if (Math.max(...near) < UNSURE * typed) return [];
    const found = this.pages
      .map((page, at) => ({ ...page, score: scores[at] && scores[at] + NEAR * near[at] }))
      .filter(({ score }) => score > 0)
      .sort((one, other) => other.score - one.score);
    return found[0]?.url ? found.filter(({ url }) => url) : [];
  }

  #numbered(one) {
    if (!this.stems.has(one)) this.stems.set(one, this.stems.size);
    return this.stems.get(one);
  }

  #add({ title, asked, foreign }, page, read) {
    const ask = (lists, weight, factor) => {
      for (const stems of lists.split(" ").filter(Boolean).map(read)) {
        for (const one of stems) {
          this.asking[one].push(this.questions.length);
          this.weights[one][page] += weight / Math.sqrt(stems.length);
        }
        this.questions.push({ page, stems, factor });
      }
    };
    ask(asked, ASKED, 1);
    ask(foreign, FOREIGN, FOREIGN_NEAR);
    for (const word of new Set(words(title))) {
      const one = this.numbers.get(word);
      if (one !== undefined) this.weights[one][page] += TITLE;
    }
  }

  #meantOnce(word) {
    if (!this.meantBefore.has(word)) this.meantBefore.set(word, this.#meant(word, false));
    return this.meantBefore.get(word);
  }

  /** The stems that a typed word may be meant for, and how likely each is; a last one may still be in the typing. */
  #meant(word, isLast) {
    const meant = new Map();
    const add = (one, quality) => meant.set(this.numbers.get(one), Math.max(quality, meant.get(this.numbers.get(one)) ?? 0));
    const own = this.stems.get(stem(word, this.endings));
    const isKnown = own !== undefined;
    if (word.length > 2 && (!isKnown || isLast)) {
      for (const one of this.words) {
        if (one.startsWith(word)) add(one, (isKnown ? BEGUN_OTHER : BEGUN) * Math.max(0.5, word.length / one.length));
      }
    }
    if (isKnown) return meant.set(own, 1);
    for (const [one, quality] of this.#alike(word)) add(one, quality);
    return meant.size ? meant : this.#beginningAlike(word);
  }

  /** Words with a typo between them: one from four letters on, two from eight, or from five where all is as unlikely. */
  *#alike(word) {
    const forgiven = typosForgiven(word);
    const most = word.length > 4 ? 2 : forgiven;
    if (!most) return;
    const own = letters(word);
    for (const [at, one] of this.words.entries()) {
      // A typo is of two letters at most.
      if (one.length < 3 || bits(own ^ this.lettersOf[at]) > 2 * most) continue;
      const typos = distance(word, one, most);
      if (typos > most) continue;
      const quality = typos < 2 ? OFF_BY_ONE : OFF_BY_TWO * (forgiven < 2 ? UNLIKELY : 1);
      yield [one, quality * (one[0] === word[0] ? 1 : OTHER_INITIAL)];
    }
  }

  /** Of a long word that nothing is like, what begins as it does. */
  #beginningAlike(word) {
    for (let length = word.length - 1; length > 4; length -= 1) {
      const alike = this.words.filter((one) => one.startsWith(word.slice(0, length)));
      if (alike.length) return new Map(alike.map((one) => [this.numbers.get(one), BEGUN / 2]));
    }
    return new Map();
  }

  /** What two typed words are together: «log in» is «login». */
  #joined(every) {
    const pairs = every.slice(1).map((word, at) => every[at] + word);
    return pairs.filter((pair) => pair.length > 4 && this.numbers.has(pair)).map((pair) => new Map([[this.numbers.get(pair), JOINED]]));
  }

  /** How likely each page is by the words alone: of what a word may be meant for, the likeliest counts. */
  #likely(meant) {
    const scores = new Float64Array(this.pages.length);
    for (const one of meant) {
      scores.forEach((score, page) => {
        scores[page] = score + Math.max(0, ...Array.from(one, ([number, quality]) => quality * this.weights[number][page]));
      });
    }
    return scores;
  }

  /** Whether one of the words that are typed, if with a typo, is ours. */
  #holdsOurs(meant) {
    return meant.some((one) => Array.from(one).some(([number, quality]) => quality >= OFF_BY_ONE && this.ours[number]));
  }

  /** How much a typed word says: as much as the stem that it is most likely meant for; one that is like nothing, most. */
  #says(meant) {
    const [[number] = []] = Array.from(meant).sort(([, one], [, other]) => other - one);
    return this.rarity[number] ?? this.unheard;
  }

  /** How near each page's nearest questions are to what is typed. */
  #near(meant, typed) {
    const shared = new Map();
    for (const one of meant) {
      const best = new Map();
      for (const [number, quality] of one) {
        const value = quality * this.rarity[number] ** 2;
        for (const asked of this.asking[number]) best.set(asked, Math.max(best.get(asked) ?? 0, value));
      }
      for (const [asked, value] of best) shared.set(asked, (shared.get(asked) ?? 0) + value);
    }
    const nearest = this.pages.map(() => []);
    for (const [asked, value] of shared) {
      const { page, size: own, factor } = this.questions[asked];
      const nearness = (factor * value) / own;
      nearest[page].push(nearness > ALMOST * typed ? nearness + SAME : nearness);
    }
    return nearest.map(weighed);
  }
}

/** How many of the words are like none that anybody asks, a typo being so in part; of many words, a share. */
function unheard(meant) {
  const doubts = meant.map((one) => 1 - Math.max(0, ...one.values()));
  return doubts.reduce((sum, doubt) => sum + doubt) * Math.min(1, FEW / doubts.length);
}

/** Whether a word is asked of guides, and hardly elsewhere, the last page. */
function isOurs(weights) {
  const elsewhere = weights.at(-1);
  return weights.reduce((sum, weight) => sum + weight, -elsewhere) > OURS * (elsewhere + 0.5);
}

/** Which letters a word has, as bits. */
function letters(word) {
  return [...word].reduce((found, letter) => found | (1 << letter.charCodeAt(0)), 0);
}

function bits(number) {
  let count = 0;
  for (let rest = number; rest; rest &= rest - 1) count += 1;
  return count;
}

/** How many typos are forgiven in a word. */
function typosForgiven({ length }) {
  if (length > 7) return 2;
  return length > 3 ? 1 : 0;
}

/** How much a word says: the fewer pages hold it, the more. */
function rareness(weights) {
  return Math.log1p(weights.length / (0.5 + weights.reduce((sum, weight) => sum + Math.min(1, weight), 0)));
}

/** By how much each page exceeds the others. */
function likelihoods(weights) {
  const even = EVEN * (weights.reduce((sum, weight) => sum + weight) / weights.length + ANYWAY);
  return weights.map((weight) => Math.log1p(weight / even));
}

/** The nearest ones, each half as important as the one before. */
function weighed(values) {
  const best = values.sort((one, other) => other - one).slice(0, NEAREST);
  return best.reduce((sum, value, at) => sum + value / 2 ** at, 0) / (2 - 2 ** (1 - NEAREST));
}

function decoded(coded) {
  let before = "";
  return Array.from(coded.matchAll(/([A-Z])([^A-Z]*)/g), ([, shared, rest]) => {
    before = before.slice(0, shared.charCodeAt(0) - 65) + rest;
    return before;
  });
}

/** The numbers of a list: a digit below the number of common ones is one of those, any other begins one of two digits. */
function numbersIn(list, digits, common = []) {
  const numbers = [];
  for (let at = 0; at < list.length; at += 1) {
    const first = digits.indexOf(list[at]);
    if (first < common.length) {
      numbers.push(common[first]);
    } else {
      at += 1;
      numbers.push((first - common.length) * digits.length + digits.indexOf(list[at]));
    }
  }
  return numbers;
}
