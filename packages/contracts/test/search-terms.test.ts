import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asTagId } from '../src/ids.js';
import {
  keywordTerms,
  nameMatches,
  nameTerms,
  roomTerms,
  searchForm,
  searchKeyword,
  tagFamilies,
  tagTerms,
} from '../src/search-terms.js';
import { anyRoomName, tagOf } from '../src/testing/index.js';

const [men, boots, loafers, heels] = ['M', 'M_BOOTS', 'M_LOAFERS', 'W_HEELS'].map(asTagId) as [
  ReturnType<typeof asTagId>,
  ReturnType<typeof asTagId>,
  ReturnType<typeof asTagId>,
  ReturnType<typeof asTagId>,
];
const tree = [tagOf(men), tagOf(boots, men), tagOf(loafers, men), tagOf(heels)];

describe('search terms', () => {
  it('[S18] a name is indexed by each code point and each two neighbours, once', () => {
    expect(nameTerms('부츠부츠')).toEqual(['k:부', 'k:츠', 'k:부츠', 'k:츠부']);
    expect(nameTerms('Ａ👟')).toEqual(['k:a', 'k:👟', 'k:a👟']);
    expect(nameTerms('')).toEqual([]);
  });

  it('[S18] a keyword asks for its pairs, or for its one code point', () => {
    expect(keywordTerms('부')).toEqual(['k:부']);
    expect(keywordTerms('첼시부츠')).toEqual(['k:첼시', 'k:시부', 'k:부츠']);
    expect(keywordTerms('aaaa')).toEqual(['k:aa']);
  });

  it('[S18] text is compared after NFKC and lower case', () => {
    expect(searchForm('ＮＩＫＥ ﬁt \u1107\u116e')).toBe('nike fit 부');
    expect(searchKeyword(' \u3000\n')).toBeNull();
    expect(searchKeyword(undefined)).toBeNull();
    expect(searchKeyword(' A')).toBe(' a');
    expect(nameMatches('아무 이름', null)).toBe(true);
  });

  it('[S18] whatever is part of a name is found by its terms, and by the name itself', () => {
    const anyPart = anyRoomName.chain((name) => {
      const codePoints = Array.from(searchForm(name));
      return fc
        .tuple(fc.nat(codePoints.length - 1), fc.integer({ min: 1, max: 8 }))
        .map(([from, length]) => ({ name, part: codePoints.slice(from, from + length).join('') }));
    });
    fc.assert(
      fc.property(anyPart, ({ name, part }) => {
        expect(nameMatches(name, part)).toBe(true);
        const terms = new Set(nameTerms(name));
        for (const term of keywordTerms(part)) expect(terms).toContain(term);
      }),
      { numRuns: 200 },
    );
  });

  it('[S19] a room has the terms of its own tags, beside those of its name', () => {
    expect(roomTerms('힐', [boots, heels, boots])).toEqual(['t:M_BOOTS', 't:W_HEELS', 'k:힐']);
  });

  it('[S19] a parent stands for itself and its children', () => {
    expect(tagFamilies([men, heels], tree)).toEqual([[men, boots, loafers], [heels]]);
    expect(tagTerms([men, asTagId('unknown')], tree)).toEqual([['t:M', 't:M_BOOTS', 't:M_LOAFERS'], ['t:unknown']]);
    expect(tagTerms([], tree)).toEqual([]);
  });
});
