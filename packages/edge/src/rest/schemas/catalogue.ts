import {
  MAX_PRODUCT_NAME_CODE_POINTS,
  MAX_ROOM_NAME_CODE_POINTS,
  MAX_TAG_TEXT_CODE_POINTS,
  MAX_URL_LENGTH,
} from '@munova/contracts';
import { z } from 'zod';
import { operation } from '../operation.js';
import {
  codePoints,
  isHttpsUrl,
  knownProductId,
  pagingFields,
  productId,
  tagId,
  text,
  textOf,
  userId,
} from './fields.js';
import { pageOf, ProductSchema, TagView } from './views.js';

const CATALOGUE = 'Catalogue';

export const listTags = operation({
  id: 'listTags',
  method: 'GET',
  path: '/api/tags',
  summary: 'The tag tree, flat and whole',
  group: CATALOGUE,
  answers: { 200: z.array(TagView) },
});

const tagText = textOf(1, MAX_TAG_TEXT_CODE_POINTS);

export const putTag = operation({
  id: 'putTag',
  method: 'PUT',
  path: '/api/tags/:id',
  summary: 'An admin makes or replaces a tag; the tree has two levels',
  group: CATALOGUE,
  params: z.object({ id: tagId }),
  body: z.object({ code: tagText, nameKo: tagText, nameEn: tagText, parentId: tagId.nullish() }),
  answers: { 200: TagView, 201: TagView },
  errors: ['forbidden'],
});

export const listProducts = operation({
  id: 'listProducts',
  method: 'GET',
  path: '/api/products',
  summary: 'Products by a part of their name',
  group: CATALOGUE,
  query: z.object({
    ...pagingFields,
    keyword: text.refine((s) => codePoints(s) <= MAX_ROOM_NAME_CODE_POINTS, 'is too long').optional(),
  }),
  answers: { 200: pageOf(ProductSchema) },
});

export const getProduct = operation({
  id: 'getProduct',
  method: 'GET',
  path: '/api/products/:id',
  summary: 'A product',
  group: CATALOGUE,
  params: z.object({ id: knownProductId }),
  answers: { 200: ProductSchema },
  errors: ['PROD_01'],
});

export const putProduct = operation({
  id: 'putProduct',
  method: 'PUT',
  path: '/api/products/:id',
  summary: 'An admin makes or replaces a product; its seller replaces all but sellerId',
  group: CATALOGUE,
  params: z.object({ id: productId }),
  body: z.object({
    name: textOf(1, MAX_PRODUCT_NAME_CODE_POINTS),
    price: z.int('must be an integer, 0 or more, in won').min(0, 'must be 0 or more'),
    imageUrl: z.string().max(MAX_URL_LENGTH).refine(isHttpsUrl, 'must be an https URL').nullish(),
    sellerId: userId.nullish(),
  }),
  answers: { 200: ProductSchema, 201: ProductSchema },
  errors: ['forbidden'],
});
