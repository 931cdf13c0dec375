/**
 * How room and product names are searched, the same in every store. An index of terms narrows the
 * candidates, and `nameMatches` decides: a term is one code point or two neighbours, since one
 * Korean syllable is a search of its own and a trigram index would miss 부츠.
 */
import type { TagId } from './ids.js';
import type { Tag } from './ports/catalogue.js';

/** Names and keywords are compared in this form: NFKC, then lower case. */
export const searchForm = (text: string): string => text.normalize('NFKC').toLowerCase();

/** The keyword in search form; null where it is blank and so no condition. */
export const searchKeyword = (keyword: string | undefined): string | null => {
  const form = searchForm(keyword ?? '');
  return form.trim() === '' ? null : form;
};

/** `keyword` as `searchKeyword` gives it. Every character means itself. */
export const nameMatches = (name: string, keyword: string | null): boolean =>
  keyword === null || searchForm(name).includes(keyword);

const tagTerm = (tag: TagId): string => `t:${tag}`;
const nameTerm = (gram: string): string => `k:${gram}`;

const bigrams = (codePoints: readonly string[]): readonly string[] =>
  codePoints.slice(1).map((second, i) => `${codePoints[i] ?? ''}${second}`);

/** What is indexed of a name: `k:` and each code point, `k:` and each two neighbours, without repeats. */
export const nameTerms = (name: string): readonly string[] => {
  const codePoints = Array.from(searchForm(name));
  return [...new Set([...codePoints, ...bigrams(codePoints)])].map(nameTerm);
};

/** All terms of a room in one array: a `t:` for each tag, and its name's. */
export const roomTerms = (name: string, tags: readonly TagId[]): readonly string[] => [
  ...new Set([...tags.map(tagTerm), ...nameTerms(name)]),
];

/**
 * The terms that every match of this keyword has, without repeats; having them all is not yet a match.
 * `keyword` as `searchKeyword` gives it.
 */
export const keywordTerms = (keyword: string): readonly string[] => {
  const codePoints = Array.from(keyword);
  return [...new Set(codePoints.length < 2 ? codePoints : bigrams(codePoints))].map(nameTerm);
};

/**
 * What each asked tag stands for: itself, and its children where it has any. A query expands tags by
 * the tree as it is then, so that moving a tag needs no room to be written again.
 */
export const tagFamilies = (asked: readonly TagId[], tree: readonly Tag[]): readonly (readonly TagId[])[] =>
  asked.map((id) => [id, ...tree.filter((t) => t.parentId === id).map((t) => t.id)]);

/** A room's `t:` terms that satisfy each asked tag: one list a tag, any member of which will do. */
export const tagTerms = (asked: readonly TagId[], tree: readonly Tag[]): readonly (readonly string[])[] =>
  tagFamilies(asked, tree).map((family) => family.map(tagTerm));
