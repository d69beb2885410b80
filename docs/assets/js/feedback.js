// @ts-check
// For the staff: the votes on each page, the searches that found nothing, and what readers wrote.

import { all } from "./api.js";
import { Block } from "./block.js";
import { languageAt, withoutLanguage } from "./language.js";
import { isolated, moment } from "./words.js";

const FEEDBACK = "/api/feedback";
const SEARCH = "/search/";

export const start = (section) => new Feedback(section).start();

class Feedback extends Block {
  async show() {
    const [votes, comments] = await Promise.all([all(`${FEEDBACK}/votes`), all(FEEDBACK)]);
    this.#list("votes", counted(votes).map(({ page, yes, no }) => [linkTo(page), yes, no]));
    this.#list("searches", grouped(comments.filter(isSearch)));
    this.#list("comments", comments.filter((one) => !isSearch(one)).map(written));
    this.stages.show("list");
  }

  #list(name, rows) {
    const table = this.section.querySelector(`[data-table=${name}]`);
    table.hidden = !rows.length;
    this.section.querySelector(`[data-none=${name}]`).hidden = rows.length > 0;
    table.tBodies[0].replaceChildren(...rows.map(row));
  }
}

const isSearch = ({ page }) => withoutLanguage(page) === SEARCH;
const written = ({ page, comment, at }) => [isolated(comment), linkTo(page), moment(at)];

/**
 * The same words in the same language as one: how often they were typed, the most often first, and when last.
 *
 * @param {Api.Commented[]} searches
 */
function grouped(searches) {
  const groups = new Map();
  for (const { page, comment, at } of searches) {
    const language = languageAt(page);
    const key = `${language} ${comment.toLowerCase()}`;
    const group = groups.get(key) ?? { comment, language, times: 0, last: at };
    group.times += 1;
    groups.set(key, group);
  }
  const named = new Intl.DisplayNames(document.documentElement.lang, { type: "language" });
  return [...groups.values()]
    .sort((one, other) => other.times - one.times)
    .map(({ comment, language, times, last }) => [isolated(comment), named.of(language), times, moment(last)]);
}

/**
 * The votes of each page, those that help least first.
 *
 * @param {Api.Voted[]} votes
 */
function counted(votes) {
  const pages = new Map();
  for (const { page, helpful, count } of votes) {
    if (isSearch({ page })) continue;
    pages.set(page, { yes: 0, no: 0, ...pages.get(page), page, [helpful ? "yes" : "no"]: count });
  }
  return [...pages.values()].sort((one, other) => other.no - one.no || other.yes - one.yes);
}

function linkTo(page) {
  return Object.assign(document.createElement("a"), { href: page, textContent: page });
}

function row(cells) {
  const line = document.createElement("tr");
  line.append(...cells.map(cell));
  return line;
}

function cell(content) {
  const made = document.createElement("td");
  made.append(content);
  return made;
}
