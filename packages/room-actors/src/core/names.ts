import { MAX_ROOM_NAME_CODE_POINTS } from '@munova/contracts';

/** The form in which a group's name is stored, compared and reserved. */
export const roomNameKey = (name: string): string => name.normalize('NFC').trim();

/** The predecessor's name of an inquiry. The product's part is shortened where the whole would be too long. */
export const inquiryName = (productName: string, buyerName: string): string => {
  const spare = MAX_ROOM_NAME_CODE_POINTS - codePoints(inquiryNameOf('', buyerName));
  return inquiryNameOf(firstCodePoints(productName, Math.max(spare, 0)), buyerName);
};

const inquiryNameOf = (productName: string, buyerName: string): string => `[${productName}] 문의 - ${buyerName}님`;

const codePoints = (text: string): number => [...text].length;

/** The first `count` code points, without looking at the rest. */
export const firstCodePoints = (text: string, count: number): string => {
  if (text.length <= count) return text;
  let end = 0;
  for (let i = 0; i < count && end < text.length; i += 1) end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1;
  return text.slice(0, end);
};
