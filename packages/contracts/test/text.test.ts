import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstCodePoints, previewOf, roomNameForm } from '../src/text.js';
import { anyContent } from '../src/testing/index.js';

describe('text', () => {
  it('[R22] a preview is the first 20 code points, never half of one', () => {
    expect(previewOf('👟'.repeat(21))).toBe('👟'.repeat(20));
    expect(previewOf('짧은 글')).toBe('짧은 글');
    fc.assert(
      fc.property(anyContent, fc.nat(30), (text, count) => {
        expect(firstCodePoints(text, count)).toBe(Array.from(text).slice(0, count).join(''));
      }),
    );
  });

  it('[R16] [S24] names are one after NFC and trimming, and nothing else is changed', () => {
    expect(roomNameForm(' \u1107\u116e\u110e\u1173\u3000')).toBe('부츠');
    expect(roomNameForm('Ａ  B')).toBe('Ａ  B');
  });
});
